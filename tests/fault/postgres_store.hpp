#pragma once

#include "adapters/postgres/factory.hpp"
#include "fault/sql_store.hpp"

#include <memory>
#include <string>

namespace polystore::test {

/// An empty database of a real PostgreSQL.
class PostgresDatabase {
 public:
  static constexpr const char* app_name = "faultpg";
  static constexpr const char* check_violation = "23514";

  [[nodiscard]] static std::unique_ptr<ports::MetadataPort> open_metadata(const std::string& url) {
    return adapters::postgres::open_metadata(url);
  }
  [[nodiscard]] static std::string id_is(const Draft& draft) {
    return "id = '" + draft.id->to_string() + "'";
  }
  /// Acts when a COMMIT passes.
  [[nodiscard]] static Trigger on_commit(Flow flow, const Fault& fault) {
    return {.seen_in = Flow::request,
            .bytes = std::string("COMMIT\0", 7),
            .flow = flow,
            .fault = fault};
  }

  [[nodiscard]] const ScratchPostgres& database() const noexcept { return postgres; }

  /// The sessions on the database, this query's apart.
  [[nodiscard]] std::string sessions(const std::string& where = "true") const {
    return postgres.query(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = "
        "current_database() AND pid <> pg_backend_pid() AND " +
        where);
  }

  /// Whether the one transaction that a put began is open on the server.
  [[nodiscard]] bool put_is_open() const {
    return sessions("state = 'idle in transaction'") == "1";
  }

  ScratchPostgres postgres;
};

/// Empty databases of a real PostgreSQL and a real mongod, the first behind a proxy.
using PostgresStore = SqlStore<PostgresDatabase>;

}  // namespace polystore::test
