#include "semantic/neighbourhood.hpp"

#include <chrono>
#include <cstddef>
#include <utility>

namespace polystore::semantic {
namespace {

// What one call removes of ended entries, so that none has to do it for others.
constexpr int removed_at_once = 2;
// What a process remembers to remove; more than that is left to whoever comes across it.
constexpr std::size_t most_added = 100'000;

Timestamp now() {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

std::string refusals_of(const std::string& entry) { return "not:" + entry; }

}  // namespace

VectorName Neighbourhood::name_of(const Tenant& tenant, std::string id) const {
  return {.tenant = tenant, .id = std::move(id), .space = options_.space};
}

VectorFilter Neighbourhood::filter_of(const Tenant& tenant, std::string tag) const {
  return {.tenant = tenant,
          .space = options_.space,
          .model = options_.embedder_model,
          .tags = {std::move(tag)}};
}

Neighbourhood::Found Neighbourhood::visit(const EmbeddedText& asked, const Visitor& visitor,
                                          Deadline deadline) {
  const VectorFilter filter = filter_of(asked.tenant, asked.question.partition);
  Found found = Found::nothing;
  for (const Neighbour& near :
       vectors_.nearest(asked.values, options_.candidates, filter, deadline)) {
    if (near.score < options_.threshold) break;
    if (near.id == asked.key) continue;  // its answer has ended
    if (is_refused(asked, near, deadline)) {
      found = Found::refused;
      continue;
    }
    const auto vector = vectors_.get(name_of(asked.tenant, near.id), deadline);
    auto entry = vector ? decode_entry(vector->payload) : std::nullopt;
    if (!entry) continue;
    if (entry->until <= now()) {
      (void)vectors_.erase(name_of(asked.tenant, near.id), deadline);
      continue;
    }
    if (visitor({.entry = near.id, .text = std::move(entry->text), .similarity = near.score})) {
      return Found::hit;
    }
  }
  return found;
}

// As the nearest neighbour decides: a text that is at least as near to one of the entry's false
// hits as to the entry itself. So each false hit takes from its entry what lies round it.
bool Neighbourhood::is_refused(const EmbeddedText& asked, const Neighbour& near,
                               Deadline deadline) {
  const auto refused =
      vectors_.nearest(asked.values, 1, filter_of(asked.tenant, refusals_of(near.id)), deadline);
  return !refused.empty() && refused.front().score >= near.score;
}

void Neighbourhood::add(EmbeddedText text, std::chrono::milliseconds ttl, Deadline deadline) {
  const Timestamp until = now() + ttl;
  const VectorName name = name_of(text.tenant, text.key);
  vectors_.put({.name = name,
                .values = std::move(text.values),
                .model = options_.embedder_model,
                .tags = {text.question.partition},
                .payload = encode_entry({.until = until, .text = std::move(text.question.text)})},
               deadline);
  {
    const std::lock_guard lock(mutex_);
    if (added_.size() < most_added) added_.emplace(until, name);
  }
  erase_ended(deadline);
}

void Neighbourhood::refuse(const std::string& entry, EmbeddedText text, Deadline deadline) {
  vectors_.put({.name = name_of(text.tenant, entry + "." + text.key),
                .values = std::move(text.values),
                .model = options_.embedder_model,
                .tags = {refusals_of(entry)}},
               deadline);
}

void Neighbourhood::erase_ended(Deadline deadline) {
  for (int i = 0; i < removed_at_once; ++i) {
    std::optional<VectorName> ended;
    {
      const std::lock_guard lock(mutex_);
      if (added_.empty() || added_.begin()->first > now()) return;
      ended = std::move(added_.begin()->second);
      added_.erase(added_.begin());
    }
    // It may have been made anew since.
    const auto vector = vectors_.get(*ended, deadline);
    const auto entry = vector ? decode_entry(vector->payload) : std::nullopt;
    if (entry && entry->until <= now()) (void)vectors_.erase(*ended, deadline);
  }
}

}  // namespace polystore::semantic
