#pragma once

#include "polystore/metrics.hpp"
#include "polystore/response.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace polystore::read {

/// What is counted by tenant and model, beside answers.
enum class CallEvent : std::uint8_t { miss, negative_hit, generation, failure };

/// What is counted for the process as a whole.
enum class ProcessEvent : std::uint8_t {
  early_refresh,
  stale_refresh,
  dropped_refresh,
  store_error
};

/// The numbers of CacheMetrics. Counting takes no lock and touches memory that few threads share.
/// Threads: all members from any.
class CacheCounters {
 public:
  /// Stands for a tenant and a model. Small, so that every copy of a response can hold its own.
  using Account = std::uint16_t;
  static constexpr Account others = 0;

  /// `most_accounts`: with others; 1 to 65,535.
  explicit CacheCounters(std::size_t most_accounts = 256);
  CacheCounters(const CacheCounters&) = delete;
  CacheCounters& operator=(const CacheCounters&) = delete;
  ~CacheCounters();

  /// `tenant`: its name, empty for those that share. The same for the same names, and `others` once
  /// there are too many or memory is short. Takes a shared lock, and an exclusive one for names
  /// that are new.
  [[nodiscard]] Account account_of(std::string_view tenant, std::string_view model) noexcept;

  /// An answer by its source, and what it saved; nothing for one that its own call generated.
  void answered(Account account, const Answer& answer) noexcept;
  void count(Account account, CallEvent event) noexcept;
  void count(ProcessEvent event) noexcept;

  [[nodiscard]] CacheMetrics snapshot(std::size_t near_bytes) const;

 private:
  struct Record;

  static constexpr std::size_t process_events = 4;

  const std::size_t most_accounts_;
  // Records are made under the lock, before their accounts are given out, and then stay.
  std::unique_ptr<std::unique_ptr<Record>[]> records_;
  mutable std::shared_mutex mutex_;  // guards the rest
  std::unordered_map<std::string, Account> accounts_;
  std::size_t size_ = 1;

  std::array<std::atomic<std::uint64_t>, process_events> of_process_{};  // by ProcessEvent
};

}  // namespace polystore::read
