#pragma once

#include "polystore/cache_options.hpp"
#include "polystore/fork_stamp.hpp"
#include "polystore/response_cache.hpp"

#include "ports/clock.hpp"
#include "ports/epoch_port.hpp"
#include "ports/response_port.hpp"
#include "read/answer_maker.hpp"
#include "read/answer_store.hpp"
#include "read/cache_counters.hpp"
#include "read/epoch_book.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace polystore {

/// What a ResponseCache works on. The ports must outlive it.
struct ResponseCacheParts {
  ports::ResponsePort& responses;
  ports::EpochPort& epochs;
  std::shared_ptr<const ports::Clock> clock;
  std::string store_id;  ///< Of the metadata store: caches of different ones share nothing.
  CacheOptions options;
  std::chrono::milliseconds deadline;
};

struct ResponseCache::Impl {
  explicit Impl(const ResponseCacheParts& parts);
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() { epochs.before_forgetting({}); }

  [[nodiscard]] Deadline deadline_or_standard(std::optional<Deadline> deadline) const noexcept {
    return deadline ? *deadline : Deadline::after(standard_deadline);
  }
  void require_open(const char* operation) const;
  /// Ends what runs in the background. Never throws, never waits.
  void close() noexcept;
  Answer answer(const Request& request, const GenerateChunks& generate, const ChunkSink* sink,
                const CachePolicy& policy, Deadline deadline);

  const std::chrono::milliseconds standard_deadline;
  const ForkStamp stamp;
  std::atomic<bool> closed{false};
  read::EpochBook epochs;
  read::CacheCounters counters;
  read::AnswerStore store;
  read::AnswerMaker maker;
};

}  // namespace polystore
