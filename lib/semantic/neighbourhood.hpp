#pragma once

#include "polystore/deadline.hpp"
#include "polystore/semantic_cache.hpp"
#include "polystore/vectors.hpp"

#include "semantic/entry.hpp"
#include "semantic/question.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace polystore::semantic {

/// A request's text with its embedding.
struct EmbeddedText {
  Tenant tenant;
  Question question{};
  std::string key{};  ///< Of the request: CacheKey::to_string().
  std::vector<float> values{};
};

/// A text that was asked, near to another one.
struct Candidate {
  std::string entry{};
  std::string text{};
  double similarity = 0;
};

/// Which texts were asked before, and which of them are no answer to which others, kept as vectors:
/// a text under the key of its request, with its partition as tag; a false hit under the keys of
/// both, with the entry that it was a hit of as tag. Threads: all members from any.
class Neighbourhood {
 public:
  /// Takes a candidate; true: it is the answer.
  using Visitor = std::function<bool(const Candidate& candidate)>;
  enum class Found : std::uint8_t { hit, nothing, refused };

  Neighbourhood(Vectors& vectors, const SemanticOptions& options)
      : vectors_(vectors), options_(options) {}

  /// Shows the visitor what is near enough, nearest first, but for the text itself and what it was
  /// reported to be a false hit of: `refused` where that was all. Blocks until the deadline at
  /// most.
  Found visit(const EmbeddedText& asked, const Visitor& visitor, Deadline deadline);

  /// Notes a text whose answer is there for so long.
  void add(EmbeddedText text, std::chrono::milliseconds ttl, Deadline deadline);

  /// Notes that an entry is no answer to the text.
  void refuse(const std::string& entry, EmbeddedText text, Deadline deadline);

 private:
  [[nodiscard]] VectorName name_of(const Tenant& tenant, std::string id) const;
  [[nodiscard]] VectorFilter filter_of(const Tenant& tenant, std::string tag) const;
  bool is_refused(const EmbeddedText& asked, const Neighbour& near, Deadline deadline);
  void erase_ended(Deadline deadline);

  Vectors& vectors_;
  const SemanticOptions& options_;
  std::mutex mutex_;  // guards added_
  // By this process, so that it can remove them; by the end of their answers' time.
  std::multimap<Timestamp, VectorName> added_;
};

}  // namespace polystore::semantic
