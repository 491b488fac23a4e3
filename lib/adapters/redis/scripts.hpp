#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace polystore::adapters::redis {

/// A Lua script and, once a server told it, the digest by which servers know it.
/// Threads: all members from any.
class Script {
 public:
  enum class Kind : std::uint8_t {
    optional,  ///< Spared while the server is away or refuses writes.
    insists,   ///< Tried all the same: what invalidates.
  };

  Script(Kind kind, std::string_view text) noexcept : kind_(kind), text_(text) {}

  [[nodiscard]] Kind kind() const noexcept { return kind_; }
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
  const Kind kind_;
  const std::string_view text_;
  mutable std::mutex mutex_;  // guards digest_
  std::string digest_;
};

/// What needs several steps at once. KEYS: those that each names; ARGV[1] is a lease's token, where
/// one is concerned.
struct Scripts {
  // lease; token, ms. Whether it is taken, the rest of the lease in ms, and whose it is.
  Script acquire{Script::Kind::optional, R"(
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return {0, redis.call('PTTL', KEYS[1]), holder} end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return {1, tonumber(ARGV[2]), ARGV[1]})"};

  // lease, chunks; token, ms. 1: prolonged.
  Script renew{Script::Kind::optional, R"(
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('PEXPIRE', KEYS[2], ARGV[2])
return redis.call('PEXPIRE', KEYS[1], ARGV[2]))"};

  // lease, chunks; token, how many there were before, chunks. 1: they are there. Those of a call
  // whose answer was lost are not added twice.
  Script append_chunks{Script::Kind::optional, R"(
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
local there, first = redis.call('LLEN', KEYS[2]), tonumber(ARGV[2])
if there < first then return 0 end
for i = 3 + there - first, #ARGV do redis.call('RPUSH', KEYS[2], ARGV[i]) end
redis.call('PEXPIRE', KEYS[2], math.max(redis.call('PTTL', KEYS[1]), 1))
return 1)"};

  // lease, chunks; token.
  Script release{Script::Kind::optional, R"(
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('UNLINK', KEYS[1], KEYS[2]))"};

  // lease, value, chunks; token, ms, envelope. 1: stored.
  Script publish{Script::Kind::optional, R"(
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[2], ARGV[3], 'PX', ARGV[2])
redis.call('UNLINK', KEYS[1], KEYS[3])
return 1)"};

  // lease, value; ms, envelope.
  Script store{Script::Kind::optional, R"(
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[1])
redis.call('DEL', KEYS[1])
return 1)"};

  // lease, value. 1: there was a value. Where there was none, those who wait for one, or have
  // others wait, must hear of it as well: an empty value is none.
  Script remove{Script::Kind::insists, R"(
redis.call('DEL', KEYS[1])
if redis.call('STRLEN', KEYS[2]) > 0 then return redis.call('UNLINK', KEYS[2]) end
redis.call('SET', KEYS[2], '', 'PX', 1)
return 0)"};

  // epoch; number. As texts: Lua's numbers are exact to 2^53 only.
  Script advance_epoch{Script::Kind::insists, R"(
local known, new = redis.call('GET', KEYS[1]), ARGV[1]
if known and string.match(known, '^%d+$') and
   (#known > #new or (#known == #new and known >= new)) then return 0 end
redis.call('SET', KEYS[1], new)
return 1)"};
};

}  // namespace polystore::adapters::redis
