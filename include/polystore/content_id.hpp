#pragma once

#include "polystore/export.hpp"

#include <array>
#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace polystore {

/// The identity of a Content: a UUID of version 7 (RFC 9562 §5.7), so that ids made later sort
/// later. A 16-byte value; the order is that of its bytes. Any thread.
class POLYSTORE_EXPORT ContentId {
 public:
  static constexpr std::size_t size_bytes = 16;
  using Bytes = std::array<std::uint8_t, size_bytes>;

  /// The nil UUID: names nothing.
  constexpr ContentId() noexcept = default;

  /// A new id: milliseconds of the system clock and 74 bits from the system's random source.
  /// Never repeats in practice, in any process, also after fork. Errors: internal when the system
  /// has no random source.
  [[nodiscard]] static ContentId generate();

  /// Reads "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx" (any UUID version, either case); nothing if it
  /// is not of that form.
  [[nodiscard]] static std::optional<ContentId> parse(std::string_view text) noexcept;

  [[nodiscard]] static constexpr ContentId from_bytes(const Bytes& bytes) noexcept {
    ContentId id;
    id.bytes_ = bytes;
    return id;
  }

  [[nodiscard]] constexpr const Bytes& bytes() const noexcept { return bytes_; }
  [[nodiscard]] constexpr bool is_nil() const noexcept { return bytes_ == Bytes{}; }

  /// The usual 36 characters, lower case.
  [[nodiscard]] std::string to_string() const;

  friend constexpr auto operator<=>(const ContentId&, const ContentId&) noexcept =
      default;  // NOLINT(modernize-use-nullptr): clang-tidy 14 misreads it

 private:
  Bytes bytes_{};
};

}  // namespace polystore

template <>
struct std::hash<polystore::ContentId> {
  std::size_t operator()(const polystore::ContentId& id) const noexcept {
    return std::hash<std::string_view>{}(
        {reinterpret_cast<const char*>(id.bytes().data()), polystore::ContentId::size_bytes});
  }
};
