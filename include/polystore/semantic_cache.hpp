#pragma once

#include "polystore/deadline.hpp"
#include "polystore/export.hpp"
#include "polystore/request.hpp"
#include "polystore/response.hpp"
#include "polystore/response_cache.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace polystore {

class ContentStore;

/// Makes the embedding of a text; must end by the deadline. Called in the thread of the call, by
/// several threads at once. What it throws costs the call a hit, no more.
using TextEmbedder = std::function<std::vector<float>(std::string_view text, Deadline deadline)>;

/// How a SemanticCache works.
struct SemanticOptions {
  TextEmbedder embedder{};  ///< Must be there.
  /// Names it, with its version: embeddings of another one are never compared. 1 to
  /// limits::model_characters characters.
  std::string embedder_model{};
  /// The least cosine similarity of a hit, 0.5 to 1. `polystore calibrate` finds it for an
  /// embedder; this one is all-MiniLM-L6-v2's (docs/benchmarks.md).
  double threshold = 0.96;
  /// Requests whose Sampling::temperature is higher, or not set, always have an answer of their
  /// own.
  double max_temperature = 0;
  /// Of so many of the nearest requests one may be the hit. 1 to 16.
  std::size_t candidates = 4;
  std::string space = "semantic";  ///< Where the vectors are; as of a VectorName.
  /// What the stores may add to a call, the embedder's own time aside. 1 ms to 1 s.
  std::chrono::milliseconds budget{40};
  /// Of calls that give none. 1 ms to 1 h.
  std::chrono::milliseconds deadline{5000};
};

/// Whose answer was given.
struct SemanticHit {
  std::string entry{};    ///< CacheKey::to_string() of the request that the answer was made for.
  std::string text{};     ///< The text of that request.
  double similarity = 0;  ///< Cosine of the angle between the texts' embeddings.
};

struct SemanticAnswer {
  Answer answer{};
  std::optional<SemanticHit> hit{};  ///< There with Source::semantic.
};

/// What became of calls since the SemanticCache was made.
struct SemanticStatus {
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;               ///< Nothing near enough had an answer.
  std::uint64_t refused_by_guard = 0;     ///< Near enough, but the texts differ in what matters.
  std::uint64_t refused_by_feedback = 0;  ///< Near enough, but a false hit was reported there.
  std::uint64_t failures = 0;             ///< Of the embedder or the vector store.
};

/// A ResponseCache that also answers a request with the answer to another one that means the same:
/// first the request's own answer, then that of the nearest request whose embedding is near enough,
/// then the generator's. docs/semantic.md has what it guarantees and what it can't see.
///
/// A request is compared only with requests that are equal in everything but the one text (the
/// prompt, or the content of the only message that is not "system"), of the same tenant, and only
/// where an answer does not depend on chance or tools. A hit is given under the other request's
/// key: its time to live and its invalidations hold. It is refused where the texts differ in what
/// an embedding hardly sees: numbers, negation, names, roles.
///
/// The store must outlive it, and must not be moved from. Threads: any. Deadline: where none is
/// given, SemanticOptions::deadline.
class POLYSTORE_EXPORT SemanticCache {
 public:
  /// Never blocks. Errors: invalid_argument with the option as the field.
  SemanticCache(ContentStore& store, SemanticOptions options);
  SemanticCache(const SemanticCache&) = delete;
  SemanticCache& operator=(const SemanticCache&) = delete;
  ~SemanticCache();

  /// As ResponseCache::get_or_generate. A vector store that is slow or down adds at most
  /// SemanticOptions::budget, twice where the answer is generated, and fails no call.
  /// Errors: also invalid_argument ("query", "values") where the embedder's numbers are no
  /// embedding of the space. A retry is safe.
  [[nodiscard]] SemanticAnswer get_or_generate(const Request& request, const Generate& generate,
                                               const CachePolicy& policy = {},
                                               std::optional<Deadline> deadline = std::nullopt);

  /// Says that a hit was no answer to the request. Durable: no process gives it again, others
  /// within a second, nor the same entry for a text that is nearer to this one than to the entry's
  /// own. Blocks until the deadline at most. Errors: invalid_argument ("request": can't have had a
  /// hit; "entry"), those of the embedder, those of Vectors::put. A retry is safe.
  void report_false_hit(const Request& request, const SemanticHit& hit,
                        std::optional<Deadline> deadline = std::nullopt);

  /// Never blocks.
  [[nodiscard]] SemanticStatus status() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace polystore
