#include "polystore/postgres/result.hpp"

#include "bytes.hpp"
#include "errors.hpp"
#include "types.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <limits>

namespace polystore::postgres {
namespace {

[[noreturn]] void fail(std::size_t row, std::size_t column, std::string_view what) {
  throw misuse_error("the result's value in row " + std::to_string(row) + ", column " +
                     std::to_string(column) + " " + std::string(what));
}

// Reads the parts of a binary array, refusing what is cut short.
class ArrayReader {
 public:
  explicit ArrayReader(std::string_view rest) : rest_(rest) {}

  std::int32_t number() { return read_number<std::int32_t>(take(4)); }

  std::string_view take(std::size_t length) {
    if (length > rest_.size()) throw misuse_error("the server sent a damaged array");
    const std::string_view taken = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return taken;
  }

 private:
  std::string_view rest_;
};

}  // namespace

std::size_t Result::rows() const noexcept {
  return static_cast<std::size_t>(PQntuples(result_.get()));
}

std::size_t Result::columns() const noexcept {
  return static_cast<std::size_t>(PQnfields(result_.get()));
}

// libpq takes a mutable result here, and does not change it.
std::string_view Result::command_tag() const noexcept {
  return result_ ? std::string_view(PQcmdStatus(result_.get())) : std::string_view();
}

std::size_t Result::affected_rows() const noexcept {
  if (!result_) return 0;
  const std::string_view text = PQcmdTuples(result_.get());
  std::size_t count = 0;
  std::from_chars(text.data(), text.data() + text.size(), count);
  return count;
}

void Result::require_cell(std::size_t row, std::size_t column) const {
  if (row >= rows() || column >= columns()) fail(row, column, "does not exist");
}

bool Result::is_null(std::size_t row, std::size_t column) const {
  require_cell(row, column);
  return PQgetisnull(result_.get(), static_cast<int>(row), static_cast<int>(column)) == 1;
}

std::string_view Result::value(std::size_t row, std::size_t column,
                               std::span<const Oid> types) const {
  if (is_null(row, column)) fail(row, column, "is NULL");
  const int r = static_cast<int>(row);
  const int c = static_cast<int>(column);
  if (std::find(types.begin(), types.end(), PQftype(result_.get(), c)) == types.end() ||
      PQfformat(result_.get(), c) != 1) {
    fail(row, column, "is of another type");
  }
  return {PQgetvalue(result_.get(), r, c),
          static_cast<std::size_t>(PQgetlength(result_.get(), r, c))};
}

bool Result::boolean(std::size_t row, std::size_t column) const {
  const auto bytes = value(row, column, std::array{oid::boolean});
  if (bytes.size() != 1) fail(row, column, "is damaged");
  return bytes[0] != '\0';
}

std::int64_t Result::int64(std::size_t row, std::size_t column) const {
  const auto bytes = value(row, column, std::array{oid::int8, oid::int4, oid::int2});
  if (bytes.size() == 8) return read_number<std::int64_t>(bytes);
  if (bytes.size() == 4) return read_number<std::int32_t>(bytes);
  if (bytes.size() == 2) return read_number<std::int16_t>(bytes);
  fail(row, column, "is damaged");
}

double Result::float64(std::size_t row, std::size_t column) const {
  const auto bytes = value(row, column, std::array{oid::float8});
  if (bytes.size() != 8) fail(row, column, "is damaged");
  return std::bit_cast<double>(read_number<std::uint64_t>(bytes));
}

std::string_view Result::text(std::size_t row, std::size_t column) const {
  return value(row, column, std::array{oid::text, oid::varchar, oid::name});
}

std::span<const std::byte> Result::bytea(std::size_t row, std::size_t column) const {
  const auto bytes = value(row, column, std::array{oid::bytea});
  return {reinterpret_cast<const std::byte*>(bytes.data()), bytes.size()};
}

Uuid Result::uuid(std::size_t row, std::size_t column) const {
  const auto bytes = value(row, column, std::array{oid::uuid});
  Uuid uuid{};
  if (bytes.size() != uuid.size()) fail(row, column, "is damaged");
  std::transform(bytes.begin(), bytes.end(), uuid.begin(),
                 [](char c) { return static_cast<std::uint8_t>(c); });
  return uuid;
}

Timestamp Result::timestamptz(std::size_t row, std::size_t column) const {
  const auto bytes = value(row, column, std::array{oid::timestamptz});
  if (bytes.size() != 8) fail(row, column, "is damaged");
  const auto number = read_number<std::int64_t>(bytes);
  using Limits = std::numeric_limits<std::int64_t>;
  if (number == Limits::min() || number == Limits::max()) fail(row, column, "is infinite");
  return Timestamp(
      std::chrono::floor<std::chrono::milliseconds>(std::chrono::microseconds(number)) +
      server_epoch);
}

std::vector<std::string> Result::text_array(std::size_t row, std::size_t column) const {
  ArrayReader reader(value(row, column, std::array{oid::text_array, oid::varchar_array}));
  const std::int32_t dimensions = reader.number();
  reader.take(8);  // whether there are NULLs, and the element type
  if (dimensions == 0) return {};
  if (dimensions != 1) fail(row, column, "has more than one dimension");
  const std::int32_t count = reader.number();
  reader.take(4);  // the lower bound
  std::vector<std::string> texts;
  for (std::int32_t i = 0; i < count; ++i) {
    const std::int32_t length = reader.number();
    if (length < 0) fail(row, column, "holds a NULL");
    texts.emplace_back(reader.take(static_cast<std::size_t>(length)));
  }
  return texts;
}

}  // namespace polystore::postgres
