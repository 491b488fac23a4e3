#pragma once

#include "adapters/mysql/factory.hpp"
#include "fault/sql_store.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace polystore::test {

/// An empty database of a real MariaDB.
class MysqlDatabase {
 public:
  static constexpr const char* app_name = "faultmysql";
  static constexpr const char* check_violation = "4025";

  [[nodiscard]] static std::unique_ptr<ports::MetadataPort> open_metadata(const std::string& url) {
    return adapters::mysql::open_metadata(url);
  }
  /// The id as a literal.
  [[nodiscard]] static std::string literal(const Draft& draft) {
    std::string digits = draft.id->to_string();
    std::erase(digits, '-');
    return "X'" + digits + "'";
  }
  [[nodiscard]] static std::string id_is(const Draft& draft) { return "id = " + literal(draft); }
  /// Acts when a COMMIT passes as a message of its own: its length, its number, COM_QUERY.
  [[nodiscard]] static Trigger on_commit(Flow flow, const Fault& fault) {
    return {.seen_in = Flow::request,
            .bytes = std::string("\x07\0\0\0\x03", 5) + "COMMIT",
            .flow = flow,
            .fault = fault};
  }

  [[nodiscard]] const ScratchMysql& database() const noexcept { return mysql; }

  /// The numbers of the sessions on the database with an open transaction that has changed
  /// something, this query's apart; with `state` of those in that of InnoDB's states.
  [[nodiscard]] std::string transactions(const std::string& state = "%") const {
    return mysql.query(
        "SELECT GROUP_CONCAT(p.id) FROM information_schema.innodb_trx AS t JOIN "
        "information_schema.processlist AS p ON p.id = t.trx_mysql_thread_id WHERE p.db = "
        "DATABASE() AND t.trx_rows_modified > 0 AND t.trx_state LIKE '" +
        state + "'");
  }

  /// One of the server's counters, which tell of all databases.
  [[nodiscard]] std::int64_t status(const std::string& name) const {
    return std::stoll(mysql.query(
        "SELECT variable_value FROM information_schema.global_status WHERE variable_name = '" +
        name + "'"));
  }

  /// Whether a transaction that a put began is open on the server.
  [[nodiscard]] bool put_is_open() const { return !transactions().empty(); }

  ScratchMysql mysql;
};

/// Empty databases of a real MariaDB and a real mongod, the first behind a proxy.
using MysqlStore = SqlStore<MysqlDatabase>;

}  // namespace polystore::test
