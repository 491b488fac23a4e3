#include "polystore/mysql/statement.hpp"

#include "polystore/error.hpp"

#include <algorithm>
#include <array>
#include <iterator>

namespace polystore::mysql {
namespace {

std::string_view view(std::span<const std::byte> bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Of each byte: outputs of 16 MiB go through it.
constexpr auto hexadecimal_digits = [] {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::array<std::array<char, 2>, 256> table{};
  for (std::size_t byte = 0; byte < table.size(); ++byte) {
    table[byte] = {digits[byte / 16], digits[byte % 16]};
  }
  return table;
}();

}  // namespace

void Statement::make_room(std::size_t bytes) const {
  if (bytes <= max_bytes - text_.size()) return;
  throw_invalid_argument("build a statement", "sql",
                         "is longer than " + std::to_string(max_bytes) + " bytes; send less");
}

Statement& Statement::sql(std::string_view text) {
  make_room(text.size());
  text_ += text;
  last_ = Last::sql;
  return *this;
}

void Statement::begin_value(std::size_t bytes) {
  constexpr std::size_t around = 16;  // comma, introducer and quotes
  make_room(bytes + around);
  if (last_ != Last::sql) text_ += ", ";
  last_ = Last::value;
}

void Statement::hexadecimal(std::string_view bytes) {
  text_ += "X'";
  const std::size_t begin = text_.size();
  text_.resize(begin + 2 * bytes.size());
  char* out = text_.data() + begin;
  for (const char c : bytes) {
    const auto& digits = hexadecimal_digits[static_cast<unsigned char>(c)];
    *out++ = digits[0];
    *out++ = digits[1];
  }
  text_ += '\'';
}

Statement& Statement::null() {
  begin_value(4);
  text_ += "NULL";
  return *this;
}

Statement& Statement::int64(std::int64_t value) {
  const std::string digits = std::to_string(value);
  begin_value(digits.size());
  text_ += digits;
  return *this;
}

// A backslash is an escape or not, as sql_mode says, so there is none.
Statement& Statement::text(std::string_view value) {
  begin_value(2 * value.size());
  if (value.find_first_of(std::string_view("\\\0", 2)) != std::string_view::npos) {
    text_ += "_utf8mb4 ";
    hexadecimal(value);
    return *this;
  }
  text_ += '\'';
  for (auto quote = value.find('\''); quote != std::string_view::npos; quote = value.find('\'')) {
    text_ += value.substr(0, quote + 1);
    text_ += '\'';
    value.remove_prefix(quote + 1);
  }
  text_ += value;
  text_ += '\'';
  return *this;
}

Statement& Statement::bytes(std::span<const std::byte> value) {
  begin_value(2 * value.size());
  hexadecimal(view(value));
  return *this;
}

Statement& Statement::uuid(const Uuid& value) { return bytes(std::as_bytes(std::span(value))); }

Statement& Statement::open() {
  make_room(4);
  if (last_ == Last::row) text_ += ", ";
  text_ += '(';
  last_ = Last::sql;
  return *this;
}

Statement& Statement::close() {
  make_room(1);
  text_ += ')';
  last_ = Last::row;
  return *this;
}

Statement& Statement::int64_list(std::span<const std::int64_t> values) {
  open();
  if (values.empty()) null();
  for (const std::int64_t value : values) int64(value);
  return close();
}

Statement& Statement::text_list(std::span<const std::string_view> values) {
  open();
  if (values.empty()) null();
  for (const std::string_view value : values) text(value);
  return close();
}

Statement& Statement::uuid_list(std::span<const Uuid> values) {
  open();
  if (values.empty()) null();
  for (const Uuid& value : values) uuid(value);
  return close();
}

Script& Script::add(Statement statement) {
  statements_.push_back(std::move(statement));
  return *this;
}

Script& Script::append(Script other) {
  std::move(other.statements_.begin(), other.statements_.end(), std::back_inserter(statements_));
  return *this;
}

}  // namespace polystore::mysql
