#include "values/entry_key.hpp"

#include "values/sha256.hpp"

namespace polystore::values {

std::array<std::uint8_t, CacheKey::digest_bytes> entry_key(const CacheKey::Digest& digest,
                                                           std::span<const EpochInForce> epochs) {
  if (epochs.empty()) return digest;
  Sha256 hash;
  hash.add_text("polystore entry 1");
  hash.add_bytes(digest.data(), digest.size());
  hash.add_number(epochs.size());
  for (const EpochInForce& in_force : epochs) {
    hash.add_number(in_force.scope);
    hash.add_number(static_cast<std::uint64_t>(in_force.epoch));
  }
  return hash.finish();
}

}  // namespace polystore::values
