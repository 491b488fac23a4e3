#pragma once

#include "polystore/export.hpp"

#include <libpq-fe.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace polystore::postgres {

using Uuid = std::array<std::uint8_t, 16>;
using Timestamp = std::chrono::sys_time<std::chrono::milliseconds>;

/// The values of $1, $2, … of one statement, in order, in PostgreSQL's binary format. Values are
/// copied. Text is sent with its length: the server refuses NUL and bad UTF-8 (SQLSTATE 22021).
/// Errors of every adder: invalid_argument past `max_bytes` or `max_count`.
class POLYSTORE_EXPORT Params {
 public:
  /// Of all values of a statement. The server closes the connection without a word above 1 GiB.
  static constexpr std::size_t max_bytes = std::size_t{64} * 1024 * 1024;
  static constexpr std::size_t max_count = 65535;  ///< The protocol's limit.

  Params& null(Oid type);
  Params& boolean(bool value);
  Params& int64(std::int64_t value);
  Params& float64(double value);
  Params& text(std::string_view value);
  Params& bytea(std::span<const std::byte> value);
  Params& uuid(const Uuid& value);
  /// Errors also: invalid_argument for a time that does not fit 64 bits of microseconds.
  Params& timestamptz(Timestamp value);

  /// One-dimensional arrays, for unnest and ANY.
  Params& int64_array(std::span<const std::int64_t> values);
  Params& float64_array(std::span<const double> values);
  Params& text_array(std::span<const std::string_view> values);
  Params& bytea_array(std::span<const std::span<const std::byte>> values);
  Params& uuid_array(std::span<const Uuid> values);
  Params& timestamptz_array(std::span<const Timestamp> values);

  [[nodiscard]] std::size_t size() const noexcept { return values_.size(); }

  /// What PQsendQueryParams takes; valid until the next change of this object.
  struct Arguments {
    std::vector<Oid> types;
    std::vector<const char*> values;  ///< nullptr: NULL.
    std::vector<int> lengths;
    std::vector<int> formats;
  };
  [[nodiscard]] Arguments arguments() const;

 private:
  struct Value {
    Oid type;
    std::size_t begin;
    std::size_t length;
    bool null;
  };

  template <class Write>
  Params& add(Oid type, std::size_t length, Write&& write);
  template <class T, class Length, class Write>
  Params& add_array(Oid array_type, Oid type, std::span<const T> values, Length&& length,
                    Write&& write);

  std::vector<Value> values_;
  std::string bytes_;
};

}  // namespace polystore::postgres
