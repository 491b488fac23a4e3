#pragma once

#include "polystore/export.hpp"
#include "polystore/mysql/statement.hpp"
#include "polystore/statement_results.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace polystore::mysql {

/// The rows of one statement. Rows and columns count from 0.
/// Errors of every getter: internal when the row or column does not exist, the value is NULL, or is
/// not of that form: the statement and its reader do not match.
/// Lifetime: views are valid as long as the Result. Threads: const access from any.
class POLYSTORE_EXPORT Result {
 public:
  Result() = default;
  explicit Result(std::size_t columns) : columns_(columns) {}

  [[nodiscard]] std::size_t rows() const noexcept {
    return columns_ == 0 ? 0 : values_.size() / columns_;
  }
  [[nodiscard]] std::size_t columns() const noexcept { return columns_; }

  /// Rows that INSERT, UPDATE or DELETE changed; for ON DUPLICATE KEY UPDATE see the server's
  /// manual. 0 for other statements.
  [[nodiscard]] std::uint64_t affected_rows() const noexcept { return affected_rows_; }
  /// What AUTO_INCREMENT gave the first row of an INSERT; 0 for other statements.
  [[nodiscard]] std::uint64_t insert_id() const noexcept { return insert_id_; }

  [[nodiscard]] bool is_null(std::size_t row, std::size_t column) const;
  [[nodiscard]] std::int64_t int64(std::size_t row, std::size_t column) const;
  /// Also what is not text, as the server writes it.
  [[nodiscard]] std::string_view text(std::size_t row, std::size_t column) const;
  [[nodiscard]] std::span<const std::byte> bytes(std::size_t row, std::size_t column) const;
  [[nodiscard]] Uuid uuid(std::size_t row, std::size_t column) const;

  /// Adds the next value of the next row; nullopt is NULL.
  void add(std::optional<std::string_view> value);
  void set_counts(std::uint64_t affected_rows, std::uint64_t insert_id) noexcept {
    affected_rows_ = affected_rows;
    insert_id_ = insert_id;
  }

 private:
  struct Value {
    std::size_t begin;
    std::size_t length;
    bool null;
  };

  [[nodiscard]] const Value& value(std::size_t row, std::size_t column) const;

  std::size_t columns_ = 0;
  std::vector<Value> values_;
  std::string bytes_;
  std::uint64_t affected_rows_ = 0;
  std::uint64_t insert_id_ = 0;
};

/// What became of the statements of a Script, by their index.
using ScriptResults = StatementResults<Result>;

}  // namespace polystore::mysql
