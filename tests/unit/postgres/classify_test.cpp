#include "polystore/postgres/classify.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>

using namespace polystore;
using namespace polystore::postgres;

namespace {

struct Row {
  const char* sqlstate;
  Severity severity;
  Phase phase;
  Classification expected;
};

constexpr auto error = Severity::error;
constexpr auto fatal = Severity::fatal;
constexpr auto before = Phase::before_commit;
constexpr auto sent = Phase::commit_sent;

constexpr Classification retry(ErrorCode code, postgres::Scope scope,
                               Outcome outcome = Outcome::not_applied) {
  return {.code = code, .outcome = outcome, .retryable = true, .scope = scope};
}
constexpr Classification stop(ErrorCode code, postgres::Scope scope,
                              Outcome outcome = Outcome::not_applied) {
  return {.code = code, .outcome = outcome, .retryable = false, .scope = scope};
}

using enum ErrorCode;
using enum postgres::Scope;

constexpr Row rows[] = {
    // retry the transaction: certainly not applied, also at COMMIT
    {"40001", error, before, retry(unavailable, transaction)},
    {"40001", error, sent, retry(unavailable, transaction)},
    {"40P01", error, before, retry(unavailable, transaction)},
    {"40000", error, sent, retry(unavailable, transaction)},
    {"55P03", error, before, retry(unavailable, transaction)},
    {"55006", error, before, retry(unavailable, transaction)},
    {"57014", error, before, retry(deadline_exceeded, transaction)},
    {"57014", error, sent, retry(deadline_exceeded, transaction)},
    {"53200", error, before, retry(unavailable, transaction)},
    {"53100", error, before, retry(unavailable, transaction)},
    {"26000", error, before, retry(unavailable, transaction)},
    {"42P05", error, before, retry(unavailable, transaction)},
    // retry on another connection
    {"53300", fatal, before, retry(unavailable, connection)},
    {"57P03", fatal, before, retry(unavailable, connection)},
    {"08001", error, before, retry(unavailable, connection)},
    {"08004", error, before, retry(unavailable, connection)},
    {"25P03", fatal, before, retry(unavailable, connection)},
    {"25P04", fatal, before, retry(unavailable, connection)},
    {"25006", error, before, retry(unavailable, connection)},
    {"57P01", fatal, before, retry(unavailable, connection)},
    {"57P02", fatal, before, retry(unavailable, connection)},
    {"57P05", fatal, before, retry(unavailable, connection)},
    {"", error, before, retry(unavailable, connection)},
    // in doubt once a commit was sent
    {"", error, sent, retry(unavailable, connection, Outcome::unknown)},
    {"08006", error, sent, retry(unavailable, connection, Outcome::unknown)},
    {"08000", error, sent, retry(unavailable, connection, Outcome::unknown)},
    {"08003", error, sent, retry(unavailable, connection, Outcome::unknown)},
    {"08007", error, sent, retry(unavailable, connection, Outcome::unknown)},
    {"40003", error, sent, retry(unavailable, transaction, Outcome::unknown)},
    {"57P01", fatal, sent, retry(unavailable, connection, Outcome::unknown)},
    {"40001", fatal, sent, retry(unavailable, connection, Outcome::unknown)},
    {"58030", error, sent, retry(unavailable, transaction, Outcome::unknown)},
    {"58030", error, before, retry(unavailable, transaction)},
    {"XX000", error, sent, stop(internal, connection, Outcome::unknown)},
    {"XX000", error, before, stop(internal, connection)},
    // a row's own fault
    {"22001", error, before, stop(invalid_argument, row)},
    {"22003", error, before, stop(invalid_argument, row)},
    {"22021", error, before, stop(invalid_argument, row)},
    {"22P05", error, before, stop(invalid_argument, row)},
    {"23502", error, before, stop(invalid_argument, row)},
    {"23503", error, before, stop(not_found, row)},
    {"23503", error, sent, stop(not_found, row)},
    {"23505", error, before, stop(conflict, row)},
    {"23514", error, before, stop(invalid_argument, row)},
    {"23P01", error, before, stop(conflict, row)},
    {"23001", error, before, stop(conflict, row)},
    {"54000", error, before, stop(invalid_argument, row)},
    {"21000", error, before, stop(invalid_argument, row)},
    {"44000", error, before, stop(invalid_argument, row)},
    {"P0001", error, before, stop(invalid_argument, row)},
    // for the operator
    {"28P01", fatal, before, stop(access_denied, connection)},
    {"28000", fatal, before, stop(access_denied, connection)},
    {"42501", error, before, stop(access_denied, transaction)},
    {"3D000", fatal, before, stop(not_found, connection)},
    {"3F000", error, before, stop(not_found, transaction)},
    {"42P01", error, before, stop(schema_mismatch, transaction)},
    {"42703", error, before, stop(schema_mismatch, transaction)},
    {"42P07", error, before, stop(schema_mismatch, transaction)},
    {"42601", error, before, stop(internal, transaction)},
    {"0A000", error, before, stop(unsupported, transaction)},
    {"08P01", fatal, before, stop(internal, connection)},
    {"53400", error, before, stop(unavailable, transaction)},
    {"F0000", error, before, stop(unavailable, connection)},
    {"XX001", error, before, stop(data_loss, transaction)},
    {"XX002", error, before, stop(data_loss, transaction)},
    // not in the table: no retry, no guess
    {"25P02", error, before, stop(internal, transaction)},
    {"ZZ999", error, before, stop(internal, transaction)},
    {"ZZ999", error, sent, stop(internal, transaction)},
    {"P0002", error, before, stop(internal, transaction)},
};

}  // namespace

TEST_CASE("each SQLSTATE has one meaning") {
  for (const Row& row : rows) {
    INFO("SQLSTATE '" << row.sqlstate << "'" << (row.severity == fatal ? " fatal" : "")
                      << (row.phase == sent ? " after COMMIT was sent" : ""));
    const Classification actual = classify(row.sqlstate, row.severity, row.phase);
    CHECK(to_string(actual.code) == to_string(row.expected.code));
    CHECK(to_string(actual.outcome) == to_string(row.expected.outcome));
    CHECK(actual.retryable == row.expected.retryable);
    CHECK(static_cast<int>(actual.scope) == static_cast<int>(row.expected.scope));
  }
}
