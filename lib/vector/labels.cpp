#include "vector/labels.hpp"

#include <algorithm>

namespace polystore::vector {
namespace {

std::string model_term(std::string_view model) { return "=" + std::string(model); }
std::string tag_term(std::string_view tag) { return "#" + std::string(tag); }

}  // namespace

std::uint32_t Labels::number_of(std::string_view model, const std::vector<std::string>& tags) {
  std::string text(model);
  for (const auto& tag : tags) (text += '\0') += tag;
  const std::lock_guard lock(mutex_);
  const auto [found, is_new] =
      by_text_.try_emplace(std::move(text), static_cast<std::uint32_t>(labels_.size()));
  if (is_new) {
    labels_.emplace_back().texts = {std::string(model), tags};
    by_term_[model_term(model)].push_back(found->second);
    for (const auto& tag : tags) by_term_[tag_term(tag)].push_back(found->second);
  }
  return found->second;
}

Labels::Texts Labels::texts_of(std::uint32_t label) const {
  const std::lock_guard lock(mutex_);
  return labels_[label].texts;
}

void Labels::add_row(std::uint32_t label, std::uint32_t row) {
  const std::lock_guard lock(mutex_);
  labels_[label].rows.push_back(row);
  ++labels_[label].alive;
}

void Labels::row_died(std::uint32_t label) {
  const std::lock_guard lock(mutex_);
  --labels_[label].alive;
}

Labels::Match Labels::match(const LabelFilter& filter) const {
  std::vector<std::string> terms;
  if (filter.model) terms.push_back(model_term(*filter.model));
  for (const auto& tag : filter.tags) terms.push_back(tag_term(tag));
  Match match;
  const std::lock_guard lock(mutex_);
  std::vector<const Numbers*> lists;
  for (const auto& term : terms) {
    const auto found = by_term_.find(term);
    if (found == by_term_.end()) return match;
    lists.push_back(&found->second);
  }
  const Numbers& shortest = **std::ranges::min_element(lists, {}, &Numbers::size);
  match.by_number.resize(labels_.size());
  for (const std::uint32_t number : shortest) {
    const bool passes = std::ranges::all_of(
        lists, [number](const Numbers* list) { return std::ranges::binary_search(*list, number); });
    if (!passes) continue;
    match.numbers.push_back(number);
    match.by_number[number] = true;
    match.alive += labels_[number].alive;
  }
  return match;
}

std::vector<std::uint32_t> Labels::rows_with(const Match& match) const {
  std::vector<std::uint32_t> rows;
  const std::lock_guard lock(mutex_);
  for (const std::uint32_t number : match.numbers) {
    const auto& some = labels_[number].rows;
    rows.insert(rows.end(), some.begin(), some.end());
  }
  return rows;
}

}  // namespace polystore::vector
