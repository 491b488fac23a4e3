#include "adapters/postgres/migrations.hpp"

#include "adapters/postgres/schema.hpp"
#include "adapters/postgres/sql.hpp"

#include <cstdint>
#include <string>

namespace polystore::adapters::postgres {
namespace {

constexpr const char* read_schema_version =
    "SELECT coalesce(max(version), 0) FROM polystore_schema";

Error migrate_error(ErrorCode code, std::string message) {
  return Error({.code = code,
                .backend = Backend::postgres,
                .operation = "migrate",
                .message = std::move(message)});
}

void check_not_newer(std::int64_t version) {
  if (version <= latest_version()) return;
  throw migrate_error(ErrorCode::schema_mismatch,
                      "the database's schema has version " + std::to_string(version) +
                          ", this library knows up to " + std::to_string(latest_version()) +
                          "; use a newer library");
}

/// Whether the schema has the latest version.
bool up_to_date(pq::Connection& connection, Deadline deadline) {
  const std::int64_t version = schema_version(connection, deadline);
  check_not_newer(version);
  return version == latest_version();
}

/// Does the next step; false when there is none.
bool step(pq::Connection& connection, Deadline deadline) {
  pq::Transaction transaction(connection);
  pq::Pipeline prepare;
  prepare
      .add("SELECT pg_advisory_xact_lock(" + std::to_string(lock_class) + ", " +
           std::to_string(migration_lock) + ")")
      .add(
          "CREATE TABLE IF NOT EXISTS polystore_schema (version bigint PRIMARY KEY, "
          "applied_at timestamptz NOT NULL DEFAULT now())")
      .add(read_schema_version);
  const auto prepared = transaction.run(std::move(prepare), deadline);
  const std::int64_t version = prepared.at(2).int64(0, 0);
  check_not_newer(version);
  if (version == latest_version()) return false;

  pq::Pipeline statements;
  for (const auto sql : migrations()[static_cast<std::size_t>(version)]) {
    statements.add(std::string(sql));
  }
  statements.add("INSERT INTO polystore_schema (version) VALUES ($1)",
                 pq::Params().int64(version + 1));
  transaction.run(std::move(statements), deadline);
  transaction.commit(deadline);
  return true;
}

}  // namespace

std::int64_t latest_version() { return static_cast<std::int64_t>(migrations().size()); }

std::int64_t schema_version(pq::Connection& connection, Deadline deadline) {
  pq::Transaction transaction(connection);
  const auto known = transaction.run(
      pq::Pipeline().add("SELECT to_regclass('polystore_schema') IS NOT NULL"), deadline);
  if (!known.at(0).boolean(0, 0)) return 0;
  return transaction.run(pq::Pipeline().add(read_schema_version), deadline).at(0).int64(0, 0);
}

void migrate(pq::Connection& connection, Deadline deadline) {
  if (!connection.stores_utf8()) {
    throw migrate_error(ErrorCode::unsupported,
                        "the database does not store text as UTF-8; create it with ENCODING UTF8");
  }
  if (up_to_date(connection, deadline)) return;
  while (step(connection, deadline)) {
  }
}

}  // namespace polystore::adapters::postgres
