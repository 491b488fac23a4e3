// A stand-in: it looks at no more of a request than its scopes.
#include "polystore/cache_key.hpp"

#include <algorithm>
#include <utility>

namespace polystore {

CacheKey::CacheKey(const Digest& digest, std::vector<std::uint64_t> scopes)
    : digest_(digest), scopes_(std::move(scopes)) {}

CacheKey CacheKey::of(const Request& request) {
  std::vector<std::uint64_t> scopes{Scope::all().hash(), Scope::tenant(request.tenant).hash(),
                                    Scope::model(request.model).hash()};
  if (request.user_id) scopes.push_back(Scope::user(*request.user_id).hash());
  for (const auto& tag : request.tags) scopes.push_back(Scope::tag(request.tenant, tag).hash());
  std::sort(scopes.begin(), scopes.end());
  Digest digest{};
  for (std::size_t i = 0; i < scopes.size(); ++i) {
    for (std::size_t b = 0; b < 8; ++b) {
      digest[(8 * i + b) % digest.size()] ^= static_cast<std::uint8_t>(scopes[i] >> (8 * b));
    }
  }
  return {digest, std::move(scopes)};
}

}  // namespace polystore
