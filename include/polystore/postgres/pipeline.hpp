#pragma once

#include "polystore/error.hpp"
#include "polystore/export.hpp"
#include "polystore/postgres/params.hpp"
#include "polystore/postgres/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace polystore::postgres {

/// Statements that go to the server in one round trip. Outside a transaction they are one: all are
/// applied or none.
class POLYSTORE_EXPORT Pipeline {
 public:
  struct Statement {
    std::string sql;
    Params params;
    bool prepared = false;
  };

  /// Adds one statement; `sql` has no ';' between commands and no values: these are `params`.
  /// Errors: invalid_argument for SQL with a NUL byte.
  Pipeline& add(std::string sql, Params params = {});

  /// As add, for SQL that is run often: each connection has the server parse and plan it once.
  Pipeline& add_prepared(std::string sql, Params params = {});

  /// Adds the statements of another one.
  Pipeline& append(Pipeline other);

  [[nodiscard]] const std::vector<Statement>& statements() const noexcept { return statements_; }
  [[nodiscard]] std::size_t size() const noexcept { return statements_.size(); }

 private:
  std::vector<Statement> statements_;
};

/// What became of the statements of a Pipeline, by their index.
class POLYSTORE_EXPORT PipelineResults {
 public:
  enum class Status : std::uint8_t {
    ok,
    failed,   ///< The server refused it.
    aborted,  ///< Not run, because one before it failed.
  };

  struct Item {
    Status status = Status::aborted;
    Result result{};
    std::optional<Error> error{};  ///< Of a failed or aborted one.
  };

  explicit PipelineResults(std::vector<Item> items) : items_(std::move(items)) {}

  [[nodiscard]] std::size_t size() const noexcept { return items_.size(); }
  /// Errors: std::out_of_range.
  [[nodiscard]] Status status(std::size_t index) const { return items_.at(index).status; }

  /// The result of a statement. Errors: the statement's; for an aborted one that of the statement
  /// that failed; std::out_of_range.
  [[nodiscard]] const Result& at(std::size_t index) const;

  /// As at, but hands the result over.
  [[nodiscard]] Result take(std::size_t index);

  /// Throws the error of the first statement that failed, if one did.
  void check() const;

  /// Removes the first `count` results after checking them.
  void drop_front(std::size_t count);

 private:
  std::vector<Item> items_;
};

}  // namespace polystore::postgres
