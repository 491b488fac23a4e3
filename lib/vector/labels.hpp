#pragma once

#include "polystore/vectors.hpp"

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace polystore::vector {

/// What a filter asks for beside the tenant.
struct LabelFilter {
  std::optional<std::string> model{};
  std::vector<std::string> tags{};

  [[nodiscard]] bool empty() const noexcept { return !model && tags.empty(); }
};

/// Which rows have which model and tags. A label is a model with a set of tags: many rows share
/// one. Threads: any.
class Labels {
 public:
  /// The number of a label. `tags` are sorted and unique.
  std::uint32_t number_of(std::string_view model, const std::vector<std::string>& tags);

  /// What a number stands for.
  struct Texts {
    std::string model{};
    std::vector<std::string> tags{};
  };
  [[nodiscard]] Texts texts_of(std::uint32_t label) const;

  void add_row(std::uint32_t label, std::uint32_t row);
  void row_died(std::uint32_t label);

  /// The labels that a filter lets pass.
  struct Match {
    std::vector<std::uint32_t> numbers{};
    std::vector<bool> by_number{};
    std::size_t alive = 0;  ///< Rows that have one of them.
  };
  [[nodiscard]] Match match(const LabelFilter& filter) const;

  /// All rows with one of the labels, dead ones too.
  [[nodiscard]] std::vector<std::uint32_t> rows_with(const Match& match) const;

 private:
  struct Label {
    Texts texts;
    std::vector<std::uint32_t> rows;
    std::size_t alive = 0;
  };
  using Numbers = std::vector<std::uint32_t>;  // of labels, ascending

  mutable std::mutex mutex_;  // guards the rest
  std::vector<Label> labels_;
  std::unordered_map<std::string, std::uint32_t> by_text_;
  // By "=" and a model, or "#" and a tag.
  std::unordered_map<std::string, Numbers> by_term_;
};

}  // namespace polystore::vector
