#include "adapters/postgres/health.hpp"

#include "adapters/postgres/migrations.hpp"
#include "adapters/postgres/sql.hpp"
#include "values/health_list.hpp"

#include <fmt/format.h>

#include <chrono>
#include <optional>

namespace polystore::adapters::postgres {
namespace {

using values::HealthList;

constexpr const char* tested_major = "15";

constexpr const char* server_facts = R"(
SELECT current_setting('server_version_num')::int8, pg_is_in_recovery(),
  current_setting('transaction_read_only')::bool, current_setting('fsync')::bool,
  current_setting('synchronous_commit'),
  current_setting('max_connections')::int8
    - current_setting('superuser_reserved_connections')::int8
    - (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'),
  clock_timestamp())";

void check_version(HealthList& list, std::int64_t number) {
  list.version(fmt::format("{}.{}", number / 10'000, number % 10'000), tested_major);
}

void check_role(HealthList& list, bool in_recovery, bool read_only) {
  if (in_recovery) {
    list.fail("role", "a standby, which takes no writes; name the primary, or both in the URL");
  } else if (read_only) {
    list.fail("role",
              "transactions are read-only (default_transaction_read_only); turn that off "
              "for this user and database");
  } else {
    list.ok("role", "takes writes");
  }
}

void check_encoding(HealthList& list, bool utf8) {
  if (utf8) {
    list.ok("encoding", "UTF8");
  } else {
    list.fail("encoding", "not UTF8; create a database with ENCODING UTF8");
  }
}

void check_durability(HealthList& list, bool fsync, std::string_view synchronous_commit) {
  if (fsync) {
    list.ok("fsync", "on");
  } else {
    list.fail("fsync",
              "off: an acknowledged write may be lost, and the database damaged, when "
              "the machine stops; turn it on");
  }
  // The other levels all wait for this server's own disk.
  if (synchronous_commit != "off") {
    list.ok("synchronous_commit", "a commit waits for the disk");
  } else {
    list.fail("synchronous_commit",
              "off: an acknowledged write may be lost when the server "
              "stops; turn it on for this user and database");
  }
}

// `free` leaves out this check's own session.
void check_room(HealthList& list, std::int64_t free, std::size_t pool_size) {
  const std::string text = fmt::format("{} free, this program's pool may open {}", free, pool_size);
  if (free >= static_cast<std::int64_t>(pool_size)) {
    list.ok("connections", text);
  } else {
    list.warn("connections", text + "; raise max_connections or lower pool_size");
  }
}

void check_facts(HealthList& list, pq::Connection& connection, std::size_t pool_size,
                 Deadline deadline) {
  const auto before = std::chrono::system_clock::now();
  pq::Transaction transaction(connection);
  const auto results = transaction.run(pq::Pipeline().add(server_facts), deadline);
  const auto after = std::chrono::system_clock::now();
  const pq::Result& row = results.at(0);
  check_version(list, row.int64(0, 0));
  check_role(list, row.boolean(0, 1), row.boolean(0, 2));
  check_encoding(list, connection.stores_utf8());
  check_durability(list, row.boolean(0, 3), row.text(0, 4));
  check_room(list, row.int64(0, 5) + 1, pool_size);
  list.clock(row.timestamptz(0, 6), before, after);
}

}  // namespace

std::vector<HealthCheck> check_server(pq::ConnectionPool& pool, std::size_t pool_size,
                                      const Schema& schema, Deadline deadline) {
  HealthList list;
  std::optional<pq::ConnectionPool::Lease> connection;
  if (!list.look("connection", [&] {
        connection.emplace(pool.acquire(deadline));
        list.ok("connection", "answers");
      })) {
    return list.take();
  }
  list.look("settings", [&] { check_facts(list, **connection, pool_size, deadline); });
  list.look("schema", [&] {
    list.schema(schema_version(**connection, schema, deadline), latest_version(schema));
  });
  return list.take();
}

}  // namespace polystore::adapters::postgres
