#pragma once

#include "polystore/cache_key.hpp"
#include "polystore/error.hpp"
#include "polystore/response.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace polystore::values {

/// A response as get_or_generate stores it: versioned, checked by a checksum, compressed where that
/// is worth it. docs/cache-key.md describes the bytes.
struct Envelope {
  /// Null where a failure is remembered.
  std::shared_ptr<const Response> response{};
  ErrorCode failure = ErrorCode::internal;  ///< Of a remembered failure.
  /// How much of the time that the store keeps it is past its ttl.
  std::chrono::milliseconds stale_for{0};
  std::vector<std::uint64_t> scopes{};  ///< CacheKey::scopes().
  std::int64_t epoch = 0;               ///< The last invalidation that its key was made under.
  Timestamp filled_at{};                ///< By the filler's clock; for people to read.
};

/// Responses of `compress_from_bytes` and more are compressed if that saves space.
std::string encode_envelope(const Envelope& envelope, std::size_t compress_from_bytes);

/// Nothing for bytes that are damaged, hostile, of a newer version or of another program. Never
/// allocates more than limits::response_bytes and what the bytes themselves justify.
std::optional<Envelope> decode_envelope(std::string_view bytes);

struct EnvelopeScopes {
  std::vector<std::uint64_t> hashes{};
  std::int64_t epoch = 0;
};

/// The scopes alone, from the first bytes of an envelope (envelope_head_bytes of them suffice, or
/// all that there are).
inline constexpr std::size_t envelope_head_bytes = 1024;
std::optional<EnvelopeScopes> decode_scopes(std::string_view head);

}  // namespace polystore::values
