#pragma once

#include "polystore/deadline.hpp"

#include "ports/health_port.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace polystore::ports {

/// Disposable copies under plain keys, each with a time to live. Keys and values are checked
/// against limits.hpp by the caller. Threads: all members from any.
/// Every member blocks until the deadline at most, and may be repeated.
/// Errors: unavailable, deadline_exceeded, overloaded, access_denied, …
class CachePort : public HealthPort {
 public:
  virtual void set(std::string_view key, std::string_view value, std::chrono::milliseconds ttl,
                   Deadline deadline) = 0;

  /// Nothing when there is no such key, or its time is over.
  virtual std::optional<std::string> get(std::string_view key, Deadline deadline) = 0;

  /// True if there was one.
  virtual bool erase(std::string_view key, Deadline deadline) = 0;

  /// Ends sessions. Later calls throw `closed`. Never blocks for long, never throws.
  virtual void close() noexcept = 0;
};

}  // namespace polystore::ports
