// How the server of a MetadataStore is.
#include "polystore/limits.hpp"

#include "adapters/mysql/metadata_store.hpp"
#include "adapters/mysql/migrations.hpp"
#include "values/health_list.hpp"

#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <string>

namespace polystore::adapters::mysql {
namespace {

using values::HealthList;

constexpr const char* tested_version = "10.11";

constexpr std::string_view facts_sql =
    "SELECT VERSION(), @@global.read_only, @@global.innodb_flush_log_at_trx_commit, "
    "@@global.log_bin, @@global.binlog_format, @@global.max_connections, "
    "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6)) DIV 1000";

constexpr std::string_view sessions_sql = "SHOW GLOBAL STATUS LIKE 'Threads_connected'";

// "10.11.19-MariaDB-…" is 10.11.19; of MySQL's no release is tested.
std::string_view plain_version(std::string_view version) {
  return version.substr(0, version.find_first_not_of("0123456789."));
}

void check_role(HealthList& list, bool read_only, bool replica) {
  if (read_only) {
    list.fail("role", "read-only: a replica? Name the primary, or both in the URL");
  } else if (replica) {
    list.fail("role",
              "a replica, which may lack rows and loses what is written to it; name the primary");
  } else {
    list.ok("role", "takes writes");
  }
}

// 3 is MariaDB's, and waits as 1 does.
void check_durability(HealthList& list, std::int64_t level) {
  const std::string name = "innodb_flush_log_at_trx_commit";
  if (level == 1 || level == 3) {
    list.ok(name, "a commit waits for the disk");
  } else {
    list.fail(name, fmt::format("{}: an acknowledged write may be lost when the machine stops; "
                                "set it to 1",
                                level));
  }
}

void check_binlog(HealthList& list, bool logs, std::string_view format) {
  if (logs && format == "STATEMENT") {
    list.fail("binlog_format", "STATEMENT, under which InnoDB refuses writes; set it to MIXED");
  } else {
    list.ok("binlog_format", logs ? "MIXED or ROW" : "no binary log");
  }
}

void check_packet(HealthList& list, std::size_t bytes) {
  if (bytes >= limits::content_bytes) {
    list.ok("max_allowed_packet", "enough for the largest output");
  } else {
    list.warn("max_allowed_packet",
              fmt::format("{} bytes: larger outputs can't wait in the outbox while the output "
                          "store is away; raise it to 16M",
                          bytes));
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

void check_facts(HealthList& list, my::Connection& connection, std::size_t pool_size,
                 Deadline deadline) {
  my::Script script;
  my::add_time_limits(script, deadline);
  script.add(facts_sql).add(sessions_sql).add(replica_sql);
  const auto before = std::chrono::system_clock::now();
  const auto results = connection.run(script, deadline, my::Phase::before_commit);
  const auto after = std::chrono::system_clock::now();
  const my::Result& row = results.at(1);
  list.version(plain_version(row.text(0, 0)), tested_version);
  check_role(list, is_on(row.text(0, 1)), is_replica(results.at(3)));
  check_durability(list, row.int64(0, 2));
  check_binlog(list, is_on(row.text(0, 3)), row.text(0, 4));
  check_packet(list, connection.max_allowed_packet_bytes());
  check_room(list, row.int64(0, 5) - results.at(2).int64(0, 1) + 1, pool_size);
  list.clock(std::chrono::system_clock::time_point(std::chrono::milliseconds(row.int64(0, 6))),
             before, after);
}

}  // namespace

std::vector<HealthCheck> MetadataStore::check(Deadline deadline) {
  HealthList list;
  std::optional<my::ConnectionPool::Lease> connection;
  if (!list.look("connection", [&] {
        connection.emplace(pool_.acquire(deadline));
        list.ok("connection", "answers");
      })) {
    return list.take();
  }
  list.look("settings", [&] { check_facts(list, **connection, pool_size_, deadline); });
  list.look("schema",
            [&] { list.schema(schema_version(**connection, deadline), latest_version()); });
  return list.take();
}

}  // namespace polystore::adapters::mysql
