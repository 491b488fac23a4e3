#pragma once

#include "polystore/cache_key.hpp"
#include "polystore/deadline.hpp"
#include "polystore/error.hpp"
#include "polystore/export.hpp"
#include "polystore/request.hpp"
#include "polystore/response.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

namespace polystore {

/// How long an answer is good for. docs/cache.md explains each with an example.
struct CachePolicy {
  /// limits::shortest_ttl to longest_ttl. Entries live up to ttl_jitter shorter, so that what was
  /// stored together does not end together.
  std::chrono::milliseconds ttl = std::chrono::hours(1);
  double ttl_jitter = 0.1;  ///< Share of the ttl, 0 to 0.5.
  /// For so long past its ttl an answer is still given, as `stale`, while it is made anew in the
  /// background. Zero: never.
  std::chrono::milliseconds stale_for{0};
  /// XFetch's beta (Vattani, Chierichetti, Lowenstein, "Optimal Probabilistic Cache Stampede
  /// Prevention", VLDB 2015): above zero, an answer may be made anew in the background before its
  /// end, the sooner the longer it takes to make. 1 is the paper's optimum; 0 to 100.
  double early_refresh = 0;
  /// For so long a failed generation is remembered, for every process: calls get its error code
  /// without calling the model. Zero: errors are never stored.
  std::chrono::milliseconds negative_ttl{0};
};

/// Calls the model. Must end by the deadline; what it throws goes, as it is, to every caller of the
/// request that waits for it.
/// With stale_for or early_refresh it is copied and called later on another thread: capture by
/// value then.
using Generate = std::function<Response(Deadline)>;

/// Takes the next chunk of an answer. Must not block for long. What it throws ends the call that
/// gave it, and no other.
using ChunkSink = std::function<void(std::string_view chunk)>;

/// As Generate, but hands out each chunk as the model makes it. The text and chunk_ends of the
/// Response that it returns are made of the chunks: leave them empty.
using GenerateChunks = std::function<Response(Deadline, const ChunkSink& emit)>;

/// What an invalidation reached.
struct InvalidationReceipt {
  std::uint64_t entries = 0;  ///< Only of a dry run: stored responses that would go.
  bool complete = true;       ///< Of a dry run: all entries were looked at before the deadline.
};

/// Keeps answers of models: never calls a model twice for the same request, never gives one tenant
/// another's answer. Made by ContentStore::cache(); valid as long as the store's state.
///
/// Look-ups go from the memory of the process to the response store, then to the generator. A
/// response store that is slow or down adds at most CacheOptions::budget to a call and fails none:
/// then the model is called, by at most CacheOptions::generations_without_store callers at once.
/// Threads: any. Deadline: where none is given, OpenOptions::deadline.
class POLYSTORE_EXPORT ResponseCache {
 public:
  struct Impl;
  explicit ResponseCache(Impl& impl) noexcept : impl_(&impl) {}

  /// The answer that is stored for the request, or else the generator's, which is then stored. Of
  /// all callers of one request, in all processes, one calls its generator and the others wait,
  /// each until its own deadline; when that one dies or runs out of time, another takes over.
  /// Errors: invalid_argument (a field of the request, the policy, or the response), what the
  /// generator throws, or the code of what it threw within CachePolicy::negative_ttl,
  /// deadline_exceeded, overloaded (too many generations while the response store is down), closed.
  /// A retry is safe.
  [[nodiscard]] Answer get_or_generate(const Request& request, const Generate& generate,
                                       const CachePolicy& policy = {},
                                       std::optional<Deadline> deadline = std::nullopt);

  /// As get_or_generate; every chunk of the answer goes to `sink` in order, from the first, on this
  /// thread: as the model makes it, also when another caller of this process makes it, and with the
  /// same boundaries when it comes from a cache.
  Answer stream(const Request& request, const GenerateChunks& generate, const ChunkSink& sink,
                const CachePolicy& policy = {}, std::optional<Deadline> deadline = std::nullopt);

  /// The answer that is stored, or nothing. Never generates, and never gives a stale one. A
  /// response store that is down has none. Errors: closed.
  [[nodiscard]] std::optional<Answer> lookup(const CacheKey& key,
                                             std::optional<Deadline> deadline = std::nullopt);

  /// Stores an answer that came about without get_or_generate, in place of what is there.
  /// Errors: invalid_argument (a field of the response or the policy), unavailable,
  /// deadline_exceeded, closed. A retry is safe.
  void store_response(const CacheKey& key, const Response& response, const CachePolicy& policy = {},
                      std::optional<Deadline> deadline = std::nullopt);

  /// Removes the answer to one request. When it returns, no process gives it, nor one that was
  /// being made when the call began. True if one was stored.
  /// Blocks until the deadline at most, at least for CacheOptions::near_lease (other processes may
  /// hold copies for as long). Errors: unavailable and deadline_exceeded (some process may still
  /// give it), closed. A retry is safe.
  bool invalidate(const CacheKey& key, std::optional<Deadline> deadline = std::nullopt);

  /// The same for all answers within a scope, durably: also for a response store that loses its
  /// memory of it, or comes back with old data.
  /// Errors: invalid_argument ("scope"), unavailable, deadline_exceeded, closed. A retry is safe.
  InvalidationReceipt invalidate(const Scope& scope,
                                 std::optional<Deadline> deadline = std::nullopt);

  /// Has the metadata store forget the invalidations of scopes that are older than `age`, but for
  /// the last one of everything: else each costs a row there, and memory in each process, for ever.
  /// How many went. Ages count from the first call of this after an invalidation: call it now and
  /// then, in any process. What an invalidation removed stays removed, whatever the age. The cost
  /// is that answers that are older than it, and those that were stored in its scope since, are
  /// made anew where they are still good: let the age be longer than answers live. `age`: 1 ms to
  /// limits::longest_ttl. All processes must be of a version that has this. Blocks until the
  /// deadline at most. Errors: invalid_argument ("age"), those of the metadata store, closed. A
  /// retry is safe.
  std::uint64_t forget_invalidations(std::chrono::milliseconds age,
                                     std::optional<Deadline> deadline = std::nullopt);

  /// Counts what invalidate would remove from the response store, and removes nothing. Reads a part
  /// of every entry: slow on a large store.
  [[nodiscard]] InvalidationReceipt count(const Scope& scope,
                                          std::optional<Deadline> deadline = std::nullopt);

 private:
  friend class SemanticCache;

  // The answer to another request, for one that means the same.
  std::optional<Answer> borrow(const CacheKey& key, const Request& request, Deadline deadline);

  Impl* impl_;
};

}  // namespace polystore
