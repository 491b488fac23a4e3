#pragma once

#include "polystore/export.hpp"
#include "polystore/postgres/params.hpp"
#include "polystore/postgres/result.hpp"
#include "polystore/statement_results.hpp"

#include <cstddef>
#include <string>
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
using PipelineResults = StatementResults<Result>;

}  // namespace polystore::postgres
