#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace polystore {

/// What became of calls for answers, counted since the store was opened. A value type.
struct CacheCounts {
  std::uint64_t near_cache_hits = 0;  ///< Answers by their Source.
  std::uint64_t cache_hits = 0;
  std::uint64_t semantic_hits = 0;
  std::uint64_t stale_hits = 0;
  std::uint64_t joined = 0;  ///< Answers that another call of this process was making.
  /// Calls that found neither an answer nor anybody who makes it.
  std::uint64_t misses = 0;
  std::uint64_t negative_hits = 0;  ///< Calls that got a failure which was remembered.
  std::uint64_t generations = 0;    ///< Calls of generators, those that failed included.
  std::uint64_t failures = 0;       ///< Calls of generators that threw.

  std::uint64_t early_refreshes = 0;    ///< Answers that are made anew before their end,
  std::uint64_t stale_refreshes = 0;    ///< and after it, in the background.
  std::uint64_t dropped_refreshes = 0;  ///< Those for which there was no thread.

  /// What generations cost, by the Usage of their responses.
  std::uint64_t prompt_tokens_spent = 0;
  std::uint64_t completion_tokens_spent = 0;
  std::chrono::microseconds time_spent{0};
  /// What answers that needed no generation of their own had cost when they were made.
  std::uint64_t prompt_tokens_saved = 0;
  std::uint64_t completion_tokens_saved = 0;
  std::chrono::microseconds time_saved{0};

  friend bool operator==(const CacheCounts&, const CacheCounts&) = default;
};

/// The same of one tenant and model.
struct TenantModelCounts {
  std::string tenant{};  ///< Empty: answers that everybody may get (Tenant::shared).
  std::string model{};
  /// Of all tenants and models that came after so many others that they are not told apart; then
  /// both names are empty.
  bool others = false;
  CacheCounts counts{};

  friend bool operator==(const TenantModelCounts&, const TenantModelCounts&) = default;
};

/// What the ResponseCache of a store did since the store was opened, as far as this process knows.
/// Counts of calls under way may be in it in part. A value type.
struct CacheMetrics {
  CacheCounts total{};  ///< The sum of all rows.
  /// One row for each tenant and model that was asked for, in the order in which they came; at most
  /// 256, those that are not told apart included.
  std::vector<TenantModelCounts> by_tenant_and_model{};

  /// Calls of the response store that failed or came too late. They fail no call for an answer.
  std::uint64_t store_errors = 0;
  std::uint64_t near_bytes = 0;  ///< Of the copies in this process, with bookkeeping.

  friend bool operator==(const CacheMetrics&, const CacheMetrics&) = default;
};

}  // namespace polystore
