#include "polystore/cache_key.hpp"

#include "values/canonical_request.hpp"

#include <string_view>
#include <utility>

namespace polystore {

CacheKey::CacheKey(const Digest& digest, std::vector<std::uint64_t> scopes)
    : digest_(digest), scopes_(std::move(scopes)) {}

CacheKey CacheKey::of(const Request& request) {
  values::RequestDigest made = values::digest_request(request);
  return {made.digest, std::move(made.scopes)};
}

std::string CacheKey::to_string() const {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * digest_bytes);
  for (const std::uint8_t byte : digest_) {
    text += digits[byte >> 4U];
    text += digits[byte & 0x0FU];
  }
  return text;
}

}  // namespace polystore
