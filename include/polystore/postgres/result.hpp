#pragma once

#include "polystore/export.hpp"
#include "polystore/postgres/handles.hpp"
#include "polystore/postgres/params.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace polystore::postgres {

/// The rows of one statement, in binary format. Rows and columns count from 0.
/// Errors of every getter: internal when the row or column does not exist, the value is NULL, or
/// the column is of another type: the statement and its reader do not match.
/// Lifetime: views are valid as long as the Result. Threads: const access from any.
class POLYSTORE_EXPORT Result {
 public:
  Result() = default;
  explicit Result(PgResult result) noexcept : result_(std::move(result)) {}

  [[nodiscard]] std::size_t rows() const noexcept;
  [[nodiscard]] std::size_t columns() const noexcept;

  /// The command tag's word and count: "INSERT 0 5", "COMMIT"; empty when there is none.
  [[nodiscard]] std::string_view command_tag() const noexcept;
  /// Rows that INSERT, UPDATE, DELETE or SELECT touched; 0 for other commands.
  [[nodiscard]] std::size_t affected_rows() const noexcept;

  [[nodiscard]] bool is_null(std::size_t row, std::size_t column) const;
  [[nodiscard]] bool boolean(std::size_t row, std::size_t column) const;
  /// smallint, integer or bigint.
  [[nodiscard]] std::int64_t int64(std::size_t row, std::size_t column) const;
  [[nodiscard]] double float64(std::size_t row, std::size_t column) const;
  /// text, varchar or name.
  [[nodiscard]] std::string_view text(std::size_t row, std::size_t column) const;
  [[nodiscard]] std::span<const std::byte> bytea(std::size_t row, std::size_t column) const;
  [[nodiscard]] Uuid uuid(std::size_t row, std::size_t column) const;
  /// Rounded down to the millisecond. Errors also: internal for an infinite time.
  [[nodiscard]] Timestamp timestamptz(std::size_t row, std::size_t column) const;
  /// text[] or varchar[] of at most one dimension, without NULLs.
  [[nodiscard]] std::vector<std::string> text_array(std::size_t row, std::size_t column) const;

 private:
  void require_cell(std::size_t row, std::size_t column) const;
  [[nodiscard]] std::string_view value(std::size_t row, std::size_t column,
                                       std::span<const Oid> types) const;

  PgResult result_;
};

}  // namespace polystore::postgres
