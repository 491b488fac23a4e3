#pragma once

#include "polystore/deadline.hpp"
#include "polystore/export.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace polystore {

namespace ports {
class CachePort;
}

/// Disposable text or bytes under plain keys, each with a time to live. On Redis they are plain
/// strings: any client reads them, and what other clients write is read here.
///
/// Made by ContentStore::responses(); valid as long as the store's state. Threads: any.
/// Deadline: where none is given, OpenOptions::response_deadline.
/// Errors of every member: invalid_argument (field "key": empty, over limits::response_key_bytes,
/// not UTF-8 or with NUL), unavailable, deadline_exceeded, overloaded, access_denied, closed.
/// A retry is always safe.
class POLYSTORE_EXPORT Responses {
 public:
  Responses(ports::CachePort& cache, std::chrono::milliseconds standard_deadline) noexcept
      : cache_(&cache), standard_deadline_(standard_deadline) {}

  /// Stores `value` (up to limits::response_bytes, any bytes) for `ttl`, in place of what was
  /// there. Errors: also invalid_argument with field "ttl" (outside limits::shortest_ttl to
  /// longest_ttl) or "value". After deadline_exceeded or unavailable it may have been stored.
  void set(std::string_view key, std::string_view value, std::chrono::milliseconds ttl,
           std::optional<Deadline> deadline = std::nullopt);

  /// The value, or nothing when there is none or its time is over.
  [[nodiscard]] std::optional<std::string> get(std::string_view key,
                                               std::optional<Deadline> deadline = std::nullopt);

  /// Removes a key. True if it was there.
  bool erase(std::string_view key, std::optional<Deadline> deadline = std::nullopt);

 private:
  [[nodiscard]] Deadline deadline_or_standard(std::optional<Deadline> deadline) const noexcept;

  ports::CachePort* cache_;
  std::chrono::milliseconds standard_deadline_;
};

}  // namespace polystore
