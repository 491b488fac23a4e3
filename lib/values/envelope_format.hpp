#pragma once

#include "polystore/content.hpp"
#include "polystore/limits.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

/// The bytes of an envelope that both sides must know; docs/cache-key.md describes them all.
namespace polystore::values::envelope_format {

/// F5 is in no UTF-8: no text that `responses().set` stores begins so.
inline constexpr std::string_view magic = "\xF5pse";
inline constexpr std::uint8_t version = 1;

/// Flags.
inline constexpr std::uint8_t failure = 1;
inline constexpr std::uint8_t compressed = 2;
inline constexpr std::uint8_t content_id = 4;
inline constexpr std::uint8_t all_flags = failure | compressed | content_id;

/// Magic, version, flags, number of scopes, filled_at, stale_for, epoch.
inline constexpr std::size_t bytes_before_scopes = 4 + 1 + 1 + 2 + 8 + 8 + 8;
inline constexpr std::size_t checksum_bytes = 8;
/// All, tenant, model, user, and the tags.
inline constexpr std::size_t most_scopes = 4 + limits::tags_per_request;

/// When an envelope may have been filled.
inline constexpr Timestamp earliest = std::chrono::sys_days(std::chrono::year(1) / 1 / 1);
inline constexpr Timestamp end_of_time = std::chrono::sys_days(std::chrono::year(10000) / 1 / 1);

/// XXH64 (Collet, xxHash's specification) with seed 0.
std::uint64_t checksum(std::string_view bytes) noexcept;

}  // namespace polystore::values::envelope_format
