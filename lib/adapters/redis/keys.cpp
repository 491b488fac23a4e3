#include "adapters/redis/keys.hpp"

#include <charconv>
#include <cstdint>
#include <span>
#include <system_error>

namespace polystore::adapters::redis {
namespace {

std::string with_hex(const std::string& prefix, std::span<const std::uint8_t> key) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string name;
  name.reserve(prefix.size() + 2 * key.size());
  name = prefix;
  for (const std::uint8_t byte : key) {
    name += digits[byte >> 4U];
    name += digits[byte & 15U];
  }
  return name;
}

}  // namespace

std::string Keys::value(const ports::EntryKey& key) const { return with_hex(values_, key); }

std::string Keys::lease(const ports::EntryKey& key) const { return with_hex(leases_, key); }

std::string Keys::chunks(const ports::LeaseToken& holder) const {
  return with_hex(chunks_, holder);
}

std::optional<ports::EntryKey> Keys::entry_of(std::string_view name) const {
  ports::EntryKey key{};
  if (!name.starts_with(values_) || name.size() != values_.size() + 2 * key.size()) {
    return std::nullopt;
  }
  const char* at = name.data() + values_.size();
  for (auto& byte : key) {
    const auto read = std::from_chars(at, at + 2, byte, 16);
    if (read.ec != std::errc() || read.ptr != at + 2) return std::nullopt;
    at += 2;
  }
  return key;
}

}  // namespace polystore::adapters::redis
