#include "polystore/mysql/classify.hpp"

#include <catch2/catch_test_macros.hpp>
#include <mariadb/errmsg.h>
#include <mariadb/mysqld_error.h>

#include <string>

using namespace polystore;
using namespace polystore::mysql;

namespace {

struct Row {
  unsigned number;
  Phase phase;
  Classification expected;
  const char* sqlstate = "HY000";
};

constexpr auto before = Phase::before_commit;
constexpr auto sent = Phase::commit_sent;

constexpr Classification retry(ErrorCode code, mysql::Scope scope,
                               Outcome outcome = Outcome::not_applied) {
  return {.code = code, .outcome = outcome, .retryable = true, .scope = scope};
}
constexpr Classification stop(ErrorCode code, mysql::Scope scope,
                              Outcome outcome = Outcome::not_applied) {
  return {.code = code, .outcome = outcome, .retryable = false, .scope = scope};
}

using enum ErrorCode;
using enum mysql::Scope;
constexpr Outcome unknown = Outcome::unknown;

constexpr Row rows[] = {
    // retry the transaction: certainly not applied, also at COMMIT
    {ER_LOCK_DEADLOCK, before, retry(unavailable, transaction)},
    {ER_LOCK_DEADLOCK, sent, retry(unavailable, transaction)},
    {ER_LOCK_WAIT_TIMEOUT, before, retry(unavailable, transaction)},
    {ER_LOCK_WAIT_TIMEOUT, sent, retry(unavailable, transaction)},
    {ER_CHECKREAD, before, retry(unavailable, transaction)},
    {ER_STATEMENT_TIMEOUT, before, retry(deadline_exceeded, transaction)},
    {ER_STATEMENT_TIMEOUT, sent, retry(deadline_exceeded, transaction)},
    {ER_QUERY_INTERRUPTED, before, retry(deadline_exceeded, transaction)},
    {3024, before, retry(deadline_exceeded, transaction)},
    {ER_DISK_FULL, before, retry(unavailable, transaction)},
    {ER_RECORD_FILE_FULL, before, retry(unavailable, transaction)},
    {ER_LOCK_TABLE_FULL, before, retry(unavailable, transaction)},
    // retry on another connection
    {ER_CON_COUNT_ERROR, before, retry(unavailable, connection)},
    {ER_TOO_MANY_USER_CONNECTIONS, before, retry(unavailable, connection)},
    {ER_USER_LIMIT_REACHED, before, retry(unavailable, connection)},
    {ER_UNKNOWN_COM_ERROR, before, retry(unavailable, connection)},  // Galera: not ready
    {ER_OPTION_PREVENTS_STATEMENT, before, retry(unavailable, connection)},
    {ER_READ_ONLY_MODE, before, retry(unavailable, connection)},
    {ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION, before, retry(unavailable, connection)},
    {ER_SERVER_SHUTDOWN, before, retry(unavailable, connection)},
    {ER_CONNECTION_KILLED, before, retry(unavailable, connection)},
    {CR_CONNECTION_ERROR, before, retry(unavailable, connection)},
    {CR_SERVER_GONE_ERROR, before, retry(unavailable, connection)},
    {CR_SERVER_LOST, before, retry(unavailable, connection)},
    {0, before, retry(unavailable, connection)},
    // in doubt once a commit was sent
    {0, sent, retry(unavailable, connection, unknown)},
    {CR_SERVER_GONE_ERROR, sent, retry(unavailable, connection, unknown)},
    {CR_SERVER_LOST, sent, retry(unavailable, connection, unknown)},
    {CR_SERVER_LOST_EXTENDED, sent, retry(unavailable, connection, unknown)},
    {CR_MALFORMED_PACKET, sent, retry(unavailable, connection, unknown)},
    {CR_ERR_NET_READ, sent, retry(unavailable, connection, unknown)},
    {ER_CONNECTION_KILLED, sent, retry(unavailable, connection, unknown)},
    {ER_SERVER_SHUTDOWN, sent, retry(unavailable, connection, unknown)},
    {ER_NET_READ_ERROR, sent, retry(unavailable, connection, unknown)},
    {ER_NET_READ_INTERRUPTED, sent, retry(unavailable, connection, unknown)},
    {ER_NET_ERROR_ON_WRITE, sent, retry(unavailable, connection, unknown)},
    {ER_NET_WRITE_INTERRUPTED, sent, retry(unavailable, connection, unknown)},
    {ER_ERROR_DURING_COMMIT, sent, retry(unavailable, transaction, unknown)},
    {ER_ERROR_DURING_COMMIT, before, retry(unavailable, transaction)},
    {9999, sent, retry(unavailable, connection, unknown), "08S01"},
    // a row's own fault
    {ER_BAD_NULL_ERROR, before, stop(invalid_argument, row)},
    {ER_DUP_ENTRY, before, stop(conflict, row)},
    {ER_DUP_ENTRY, sent, stop(conflict, row)},
    {ER_NO_REFERENCED_ROW_2, before, stop(not_found, row)},
    {ER_ROW_IS_REFERENCED_2, before, stop(conflict, row)},
    {ER_WARN_DATA_OUT_OF_RANGE, before, stop(invalid_argument, row)},
    {ER_DATA_TOO_LONG, before, stop(invalid_argument, row)},
    {ER_TRUNCATED_WRONG_VALUE_FOR_FIELD, before, stop(invalid_argument, row)},
    {ER_INVALID_CHARACTER_STRING, before, stop(invalid_argument, row)},
    {ER_CONSTRAINT_FAILED, before, stop(invalid_argument, row)},
    {3819, before, stop(invalid_argument, row)},
    {4038, before, stop(invalid_argument, row)},
    {ER_SIGNAL_EXCEPTION, before, stop(invalid_argument, row)},
    {ER_NET_PACKET_TOO_LARGE, before, stop(invalid_argument, connection)},
    {9999, before, stop(invalid_argument, row), "22001"},
    {9999, before, stop(invalid_argument, row), "23000"},
    // for the operator
    {ER_ACCESS_DENIED_ERROR, before, stop(access_denied, connection)},
    {ER_DBACCESS_DENIED_ERROR, before, stop(access_denied, connection)},
    {ER_ACCESS_DENIED_NO_PASSWORD_ERROR, before, stop(access_denied, connection)},
    {ER_HOST_NOT_PRIVILEGED, before, stop(access_denied, connection)},
    {ER_TABLEACCESS_DENIED_ERROR, before, stop(access_denied, transaction)},
    {ER_BAD_DB_ERROR, before, stop(not_found, connection)},
    {ER_NO_SUCH_TABLE, before, stop(schema_mismatch, transaction)},
    {ER_BAD_FIELD_ERROR, before, stop(schema_mismatch, transaction)},
    {ER_TABLE_EXISTS_ERROR, before, stop(schema_mismatch, transaction)},
    {ER_PARSE_ERROR, before, stop(internal, transaction)},
    {ER_UNKNOWN_COLLATION, before, stop(unsupported, transaction)},
    {ER_BINLOG_STMT_MODE_AND_ROW_ENGINE, before, stop(unsupported, transaction)},
    {CR_AUTH_PLUGIN_CANNOT_LOAD, before, stop(unsupported, connection)},
    {CR_PLUGIN_NOT_ALLOWED, before, stop(unsupported, connection)},
    {ER_CRASHED_ON_USAGE, before, stop(data_loss, transaction)},
    {ER_INDEX_CORRUPT, before, stop(data_loss, transaction)},
    // not in the table: no retry, no guess
    {ER_UNKNOWN_ERROR, before, stop(internal, transaction)},
    {9999, before, stop(internal, transaction)},
    {9999, sent, stop(internal, transaction)},
};

}  // namespace

TEST_CASE("each error number has one meaning") {
  for (const Row& row : rows) {
    INFO("error " << row.number << " " << row.sqlstate
                  << (row.phase == sent ? " after COMMIT was sent" : ""));
    const Classification actual = classify(row.number, row.sqlstate, row.phase);
    CHECK(to_string(actual.code) == to_string(row.expected.code));
    CHECK(to_string(actual.outcome) == to_string(row.expected.outcome));
    CHECK(actual.retryable == row.expected.retryable);
    CHECK(static_cast<int>(actual.scope) == static_cast<int>(row.expected.scope));
  }
}
