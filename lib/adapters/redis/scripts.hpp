#pragma once

#include <mutex>
#include <string>
#include <string_view>

namespace polystore::adapters::redis {

/// A Lua script and, once a server told it, the digest by which servers know it.
/// Threads: all members from any.
class Script {
 public:
  explicit Script(std::string_view text) noexcept : text_(text) {}

  [[nodiscard]] std::string_view text() const noexcept { return text_; }
  /// Empty while it is not known.
  [[nodiscard]] std::string digest() const {
    const std::lock_guard lock(mutex_);
    return digest_;
  }
  void learn(std::string_view digest) {
    const std::lock_guard lock(mutex_);
    digest_ = digest;
  }

 private:
  const std::string_view text_;
  mutable std::mutex mutex_;  // guards digest_
  std::string digest_;
};

/// What needs several steps at once. KEYS: those that each names; ARGV[1] is a lease's token, where
/// one is concerned.
struct Scripts {
  // lease; token, ms. Whether it is taken, and the rest of the lease in ms.
  Script acquire{R"(
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return {0, redis.call('PTTL', KEYS[1])} end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return {1, tonumber(ARGV[2])})"};

  // lease; token, ms. 1: prolonged.
  Script renew{R"(
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2]))"};

  // lease; token.
  Script release{R"(
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1]))"};

  // lease, value; token, ms, envelope. 1: stored.
  Script publish{R"(
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[2], ARGV[3], 'PX', ARGV[2])
redis.call('DEL', KEYS[1])
return 1)"};

  // lease, value; ms, envelope.
  Script store{R"(
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[1])
redis.call('DEL', KEYS[1])
return 1)"};

  // lease, value. 1: there was a value.
  Script remove{R"(
redis.call('DEL', KEYS[1])
return redis.call('UNLINK', KEYS[2]))"};

  // epoch; number. As texts: Lua's numbers are exact to 2^53 only.
  Script advance_epoch{R"(
local known, new = redis.call('GET', KEYS[1]), ARGV[1]
if known and string.match(known, '^%d+$') and
   (#known > #new or (#known == #new and known >= new)) then return 0 end
redis.call('SET', KEYS[1], new)
return 1)"};
};

}  // namespace polystore::adapters::redis
