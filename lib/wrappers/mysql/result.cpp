#include "polystore/mysql/result.hpp"

#include "core/whole_number.hpp"
#include "errors.hpp"

#include <algorithm>
#include <string>

namespace polystore::mysql {
namespace {

[[noreturn]] void fail(std::size_t row, std::size_t column, std::string_view what) {
  throw misuse_error("the result's value in row " + std::to_string(row) + ", column " +
                     std::to_string(column) + " " + std::string(what));
}

}  // namespace

void Result::add(std::optional<std::string_view> value) {
  values_.push_back(
      {.begin = bytes_.size(), .length = value ? value->size() : 0, .null = !value.has_value()});
  if (value) bytes_ += *value;
}

const Result::Value& Result::value(std::size_t row, std::size_t column) const {
  if (row >= rows() || column >= columns()) fail(row, column, "does not exist");
  return values_[row * columns_ + column];
}

bool Result::is_null(std::size_t row, std::size_t column) const { return value(row, column).null; }

std::string_view Result::text(std::size_t row, std::size_t column) const {
  const Value& found = value(row, column);
  if (found.null) fail(row, column, "is NULL");
  return std::string_view(bytes_).substr(found.begin, found.length);
}

std::int64_t Result::int64(std::size_t row, std::size_t column) const {
  const auto number = detail::whole_number<std::int64_t>(text(row, column));
  if (!number) fail(row, column, "is no whole number of 64 bits");
  return *number;
}

std::span<const std::byte> Result::bytes(std::size_t row, std::size_t column) const {
  return std::as_bytes(std::span(text(row, column)));
}

Uuid Result::uuid(std::size_t row, std::size_t column) const {
  const std::string_view bytes = text(row, column);
  Uuid uuid{};
  if (bytes.size() != uuid.size()) fail(row, column, "is not 16 bytes long");
  std::ranges::transform(bytes, uuid.begin(), [](char c) { return static_cast<std::uint8_t>(c); });
  return uuid;
}

}  // namespace polystore::mysql
