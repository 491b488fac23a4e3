#pragma once

#include "polystore/export.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace polystore::mysql {

using Uuid = std::array<std::uint8_t, 16>;  ///< For BINARY(16).

/// The text of one statement. Values become literals that mean the same under every sql_mode: no
/// literal holds a backslash, quotes are doubled, and what has a backslash or a NUL, or is binary,
/// is written in hexadecimal. Values after each other are parted by commas.
/// Errors of every adder: invalid_argument past `max_bytes`.
class POLYSTORE_EXPORT Statement {
 public:
  static constexpr std::size_t max_bytes = std::size_t{64} * 1024 * 1024;

  /// As sql.
  explicit Statement(std::string_view sql) { this->sql(sql); }

  /// Adds SQL as it is: never what a user wrote, and no ';' between statements.
  Statement& sql(std::string_view text);

  Statement& null();
  Statement& int64(std::int64_t value);
  /// UTF-8; the server refuses other bytes (error 1300 or 1366).
  Statement& text(std::string_view value);
  Statement& bytes(std::span<const std::byte> value);
  Statement& uuid(const Uuid& value);

  /// Begins "(", after a comma if a row was closed just before.
  Statement& open();
  /// Ends with ")" what open began.
  Statement& close();

  /// "(a, b, …)" for IN; of nothing, "(NULL)", which nothing is in.
  Statement& int64_list(std::span<const std::int64_t> values);
  Statement& text_list(std::span<const std::string_view> values);
  Statement& uuid_list(std::span<const Uuid> values);

  [[nodiscard]] const std::string& str() const noexcept { return text_; }
  [[nodiscard]] std::size_t size_bytes() const noexcept { return text_.size(); }

 private:
  enum class Last : std::uint8_t { sql, value, row };

  void make_room(std::size_t bytes) const;
  void begin_value(std::size_t bytes);
  void hexadecimal(std::string_view bytes);

  std::string text_;
  Last last_ = Last::sql;
};

/// Statements that go to the server in one message, in order. The first that fails ends it. Outside
/// a transaction each commits by itself.
class POLYSTORE_EXPORT Script {
 public:
  Script& add(Statement statement);
  Script& add(std::string_view sql) { return add(Statement(sql)); }

  /// Adds the statements of another one.
  Script& append(Script other);

  [[nodiscard]] const std::vector<Statement>& statements() const noexcept { return statements_; }
  [[nodiscard]] std::size_t size() const noexcept { return statements_.size(); }

 private:
  std::vector<Statement> statements_;
};

}  // namespace polystore::mysql
