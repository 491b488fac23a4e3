#include "polystore/content_id.hpp"

#include "polystore/error.hpp"

#include <sys/random.h>

namespace polystore {
namespace {

constexpr std::string_view digits = "0123456789abcdef";

constexpr bool has_dash_before(std::size_t byte) {
  return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

ContentId ContentId::generate() {
  ContentId id;
  // Asked of the kernel each time: a generator of our own would repeat itself after fork.
  if (getrandom(id.bytes_.data(), size_bytes, 0) != static_cast<ssize_t>(size_bytes)) {
    throw Error({.code = ErrorCode::internal,
                 .operation = "make an id",
                 .message = "the system's random source failed"});
  }
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  const auto milliseconds = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count());
  for (std::size_t i = 0; i < 6; ++i) {
    id.bytes_[i] = static_cast<std::uint8_t>(milliseconds >> (8 * (5 - i)));
  }
  id.bytes_[6] = static_cast<std::uint8_t>((id.bytes_[6] & 0x0F) | 0x70);
  id.bytes_[8] = static_cast<std::uint8_t>((id.bytes_[8] & 0x3F) | 0x80);
  return id;
}

std::optional<ContentId> ContentId::parse(std::string_view text) noexcept {
  if (text.size() != 36) return std::nullopt;
  ContentId id;
  std::size_t at = 0;
  for (std::size_t i = 0; i < size_bytes; ++i) {
    if (has_dash_before(i) && text[at++] != '-') return std::nullopt;
    const int high = hex_value(text[at]);
    const int low = hex_value(text[at + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    id.bytes_[i] = static_cast<std::uint8_t>(high * 16 + low);
    at += 2;
  }
  return id;
}

std::string ContentId::to_string() const {
  std::string text;
  text.reserve(36);
  for (std::size_t i = 0; i < size_bytes; ++i) {
    if (has_dash_before(i)) text.push_back('-');
    text.push_back(digits[bytes_[i] >> 4]);
    text.push_back(digits[bytes_[i] & 0x0F]);
  }
  return text;
}

}  // namespace polystore
