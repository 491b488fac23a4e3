#pragma once

#include "polystore/export.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace polystore {

/// A flexible output: an object of named values, held as BSON. Immutable; copies are deep.
/// Threads: const access from any.
class POLYSTORE_EXPORT Document {
 public:
  /// The empty object.
  Document();

  /// Reads one JSON object (RFC 8259, UTF-8). Whole numbers become 32- or 64-bit integers, others
  /// doubles; names that begin with '$' are kept as they are, not taken as extended JSON.
  /// Limits: `limits::content_bytes` as BSON, `limits::output_levels` levels.
  /// Errors: invalid_argument with field "output" for anything else, with the byte where it
  /// stopped: not an object, bad UTF-8, an empty name or one with NUL, a whole number beyond 64
  /// bits.
  [[nodiscard]] static Document from_json(std::string_view json);

  /// Copies BSON. Limits as from_json. Errors: invalid_argument with field "output" when the bytes
  /// are not one valid BSON document, hold bad UTF-8 or an empty name, or pass a limit.
  [[nodiscard]] static Document from_bson(std::span<const std::byte> bson);

  /// MongoDB's relaxed extended JSON: plain JSON for every value that JSON has.
  [[nodiscard]] std::string to_json() const;

  /// The BSON bytes; valid as long as this object lives and is not assigned to.
  [[nodiscard]] std::span<const std::byte> bson() const noexcept { return bson_; }
  [[nodiscard]] std::size_t size_bytes() const noexcept { return bson_.size(); }

  /// The value at a path of names or array indexes joined by dots ("choices.0.text"); nothing if it
  /// is absent or of another type. A view is valid as long as bson().
  [[nodiscard]] std::optional<std::string_view> get_string(std::string_view path) const;
  /// Also for a double that is a whole number of 64 bits.
  [[nodiscard]] std::optional<std::int64_t> get_integer(std::string_view path) const;
  /// Also for an integer.
  [[nodiscard]] std::optional<double> get_number(std::string_view path) const;
  [[nodiscard]] std::optional<bool> get_bool(std::string_view path) const;

  /// Byte for byte: the same values in the same order.
  friend bool operator==(const Document&, const Document&) = default;

 private:
  explicit Document(std::vector<std::byte> bson) : bson_(std::move(bson)) {}

  std::vector<std::byte> bson_;
};

}  // namespace polystore
