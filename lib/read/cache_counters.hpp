#pragma once

#include "polystore/metrics.hpp"
#include "polystore/request.hpp"
#include "polystore/response.hpp"

#include "read/refresher.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace polystore::read {

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

  /// The same for the same names, and `others` once there are too many or memory is short. Takes a
  /// shared lock, and an exclusive one for names that are new.
  [[nodiscard]] Account account_of(const Tenant& tenant, std::string_view model) noexcept;

  /// An answer that came from `source`, with what it saved.
  void hit(Account account, Source source, const Response& response) noexcept;
  /// The same for one that another call was making.
  void joined(Account account, const Response& response) noexcept;
  void remembered_failure(Account account) noexcept;
  void missed(Account account) noexcept;
  void generated(Account account, const Response& response) noexcept;
  void generation_failed(Account account) noexcept;
  void refresh(Account account, bool early, Refresher::Submitted submitted) noexcept;
  void store_failed() noexcept;

  [[nodiscard]] CacheMetrics snapshot(std::size_t near_bytes) const;

 private:
  struct Record;

  const std::size_t most_accounts_;
  // Records are made under the lock, before their accounts are given out, and then stay.
  std::unique_ptr<std::unique_ptr<Record>[]> records_;
  mutable std::shared_mutex mutex_;  // guards the rest
  std::unordered_map<std::string, Account> accounts_;
  std::size_t size_ = 1;

  std::atomic<std::uint64_t> store_errors_{0};
};

}  // namespace polystore::read
