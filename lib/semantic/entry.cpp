#include "semantic/entry.hpp"

#include <chrono>
#include <cstdint>

namespace polystore::semantic {
namespace {

constexpr std::size_t time_bytes = 8;

}  // namespace

std::string encode_entry(const Entry& entry) {
  const auto since = entry.until.time_since_epoch().count();
  std::string payload;
  payload.reserve(time_bytes + entry.text.size());
  for (std::size_t i = 0; i < time_bytes; ++i) {
    payload += static_cast<char>(static_cast<std::uint64_t>(since) >> (8 * i) & 0xFFU);
  }
  return payload += entry.text;
}

std::optional<Entry> decode_entry(std::string_view payload) {
  if (payload.size() < time_bytes) return std::nullopt;
  std::uint64_t since = 0;
  for (std::size_t i = 0; i < time_bytes; ++i) {
    since |= std::uint64_t{static_cast<std::uint8_t>(payload[i])} << (8 * i);
  }
  return Entry{.until = Timestamp(std::chrono::milliseconds(static_cast<std::int64_t>(since))),
               .text = std::string(payload.substr(time_bytes))};
}

}  // namespace polystore::semantic
