#include "polystore/postgres/params.hpp"

#include "polystore/error.hpp"

#include "bytes.hpp"
#include "types.hpp"

#include <bit>
#include <utility>

namespace polystore::postgres {
namespace {

std::string_view view(std::span<const std::byte> bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string_view view(const Uuid& uuid) noexcept {
  return {reinterpret_cast<const char*>(uuid.data()), uuid.size()};
}

std::int64_t microseconds(Timestamp time) {
  std::int64_t value = 0;
  if (__builtin_sub_overflow(time.time_since_epoch().count(),
                             std::chrono::milliseconds(server_epoch).count(), &value) ||
      __builtin_mul_overflow(value, 1000, &value)) {
    throw_invalid_argument("bind a parameter", "timestamp", "is out of PostgreSQL's range");
  }
  return value;
}

constexpr auto eight_bytes = [](const auto&) { return std::size_t{8}; };

}  // namespace

template <class Write>
Params& Params::add(Oid type, std::size_t length, Write&& write) {
  if (values_.size() >= max_count) {
    throw_invalid_argument("bind a parameter", "parameters",
                           "a statement has at most 65535; pass arrays");
  }
  if (length > max_bytes - bytes_.size()) {
    throw_invalid_argument("bind a parameter", "parameters",
                           "a statement's values have at most 64 MiB together; send less at once");
  }
  const std::size_t begin = bytes_.size();
  std::forward<Write>(write)(bytes_);
  values_.push_back({.type = type, .begin = begin, .length = bytes_.size() - begin, .null = false});
  return *this;
}

// Dimensions, whether there are NULLs, element type, then per dimension length and lower bound,
// then each element with its length. An empty array has no dimension.
template <class T, class Length, class Write>
Params& Params::add_array(Oid array_type, Oid type, std::span<const T> values, Length&& length,
                          Write&& write) {
  std::size_t total = 20;
  for (const T& value : values) {
    total += 4 + length(value);
    if (total > max_bytes) break;  // also keeps the sum from wrapping
  }
  return add(array_type, total, [&](std::string& out) {
    append_number<std::int32_t>(out, values.empty() ? 0 : 1);
    append_number<std::int32_t>(out, 0);
    append_number<std::uint32_t>(out, type);
    if (values.empty()) return;
    append_number(out, static_cast<std::int32_t>(values.size()));
    append_number<std::int32_t>(out, 1);
    for (const T& value : values) {
      append_number(out, static_cast<std::int32_t>(length(value)));
      write(out, value);
    }
  });
}

Params& Params::null(Oid type) {
  add(type, 0, [](std::string&) {});
  values_.back().null = true;
  return *this;
}

Params& Params::boolean(bool value) {
  return add(oid::boolean, 1, [&](std::string& out) { out.push_back(value ? '\1' : '\0'); });
}

Params& Params::int64(std::int64_t value) {
  return add(oid::int8, 8, [&](std::string& out) { append_number(out, value); });
}

Params& Params::float64(double value) {
  return add(oid::float8, 8,
             [&](std::string& out) { append_number(out, std::bit_cast<std::uint64_t>(value)); });
}

Params& Params::text(std::string_view value) {
  return add(oid::text, value.size(), [&](std::string& out) { out.append(value); });
}

Params& Params::bytea(std::span<const std::byte> value) {
  return add(oid::bytea, value.size(), [&](std::string& out) { out.append(view(value)); });
}

Params& Params::uuid(const Uuid& value) {
  return add(oid::uuid, value.size(), [&](std::string& out) { out.append(view(value)); });
}

Params& Params::timestamptz(Timestamp value) {
  return add(oid::timestamptz, 8,
             [number = microseconds(value)](std::string& out) { append_number(out, number); });
}

Params& Params::int64_array(std::span<const std::int64_t> values) {
  return add_array(oid::int8_array, oid::int8, values, eight_bytes,
                   [](std::string& out, std::int64_t value) { append_number(out, value); });
}

Params& Params::float64_array(std::span<const double> values) {
  return add_array(oid::float8_array, oid::float8, values, eight_bytes,
                   [](std::string& out, double value) {
                     append_number(out, std::bit_cast<std::uint64_t>(value));
                   });
}

Params& Params::text_array(std::span<const std::string_view> values) {
  return add_array(
      oid::text_array, oid::text, values, [](std::string_view value) { return value.size(); },
      [](std::string& out, std::string_view value) { out.append(value); });
}

Params& Params::bytea_array(std::span<const std::span<const std::byte>> values) {
  return add_array(
      oid::bytea_array, oid::bytea, values,
      [](std::span<const std::byte> value) { return value.size(); },
      [](std::string& out, std::span<const std::byte> value) { out.append(view(value)); });
}

Params& Params::uuid_array(std::span<const Uuid> values) {
  return add_array(
      oid::uuid_array, oid::uuid, values, [](const Uuid& value) { return value.size(); },
      [](std::string& out, const Uuid& value) { out.append(view(value)); });
}

Params& Params::timestamptz_array(std::span<const Timestamp> values) {
  std::vector<std::int64_t> numbers;
  numbers.reserve(values.size());
  for (const Timestamp value : values) numbers.push_back(microseconds(value));
  return add_array(oid::timestamptz_array, oid::timestamptz, std::span<const std::int64_t>(numbers),
                   eight_bytes,
                   [](std::string& out, std::int64_t value) { append_number(out, value); });
}

Params::Arguments Params::arguments() const {
  Arguments arguments;
  arguments.types.reserve(values_.size());
  arguments.values.reserve(values_.size());
  arguments.lengths.reserve(values_.size());
  for (const Value& value : values_) {
    arguments.types.push_back(value.type);
    arguments.values.push_back(value.null ? nullptr : bytes_.data() + value.begin);
    arguments.lengths.push_back(static_cast<int>(value.length));
  }
  arguments.formats.assign(values_.size(), 1);
  return arguments;
}

}  // namespace polystore::postgres
