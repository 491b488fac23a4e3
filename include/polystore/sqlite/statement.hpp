#pragma once

#include "polystore/export.hpp"
#include "polystore/sqlite/connection.hpp"
#include "polystore/sqlite/handles.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace polystore::sqlite {

/// One use of a compiled statement: bind in order, step, read columns. It is reset and its bindings
/// are cleared at the end of the scope. Errors and threads: as Connection.
class POLYSTORE_EXPORT Statement {
 public:
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement();

  /// Binds the next parameter. Text and bytes are copied.
  Statement& bind(std::int64_t value);
  Statement& bind(std::string_view text);
  Statement& bind(std::span<const std::byte> bytes);
  Statement& bind(std::span<const std::uint8_t> bytes);
  Statement& bind_null();

  /// Goes to the next row; false at the end.
  bool step();

  /// Steps to the end and forgets the rows; for INSERT, UPDATE and DELETE.
  void run();

  /// Makes it ready to be bound and run again.
  void reset();

  /// Columns of the present row, from 0.
  /// Errors: data_loss when the column has another type, or is NULL.
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::string text(int column) const;
  /// Valid until the next step, reset or the end of the scope.
  [[nodiscard]] std::span<const std::byte> bytes(int column) const;
  [[nodiscard]] bool is_null(int column) const noexcept;

  /// How many of SQLite's instructions it has run since it was prepared: what a plan costs, in any
  /// weather.
  [[nodiscard]] std::int64_t steps_run() const noexcept;

 private:
  friend class Connection;
  Statement(Connection& connection, sqlite3_stmt* statement) noexcept
      : connection_(connection), statement_(statement) {}

  void require_type(int column, int type) const;

  Connection& connection_;
  sqlite3_stmt* statement_;
  int bound_ = 0;
};

}  // namespace polystore::sqlite
