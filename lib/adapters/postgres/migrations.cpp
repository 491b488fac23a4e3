#include "adapters/postgres/migrations.hpp"

#include "adapters/postgres/sql.hpp"

#include <cstdint>
#include <string>

namespace polystore::adapters::postgres {
namespace {

std::string version_query(const Schema& schema) {
  return "SELECT coalesce(max(version), 0) FROM " + std::string(schema.versions);
}

Error migrate_error(ErrorCode code, std::string message) {
  return Error({.code = code,
                .backend = Backend::postgres,
                .operation = "migrate",
                .message = std::move(message)});
}

void check_not_newer(const Schema& schema, std::int64_t version) {
  if (version <= latest_version(schema)) return;
  throw migrate_error(ErrorCode::schema_mismatch,
                      "the database's schema has version " + std::to_string(version) +
                          ", this library knows up to " + std::to_string(latest_version(schema)) +
                          "; use a newer library");
}

/// Whether the schema has the latest version.
bool up_to_date(pq::Connection& connection, const Schema& schema, Deadline deadline) {
  const std::int64_t version = schema_version(connection, schema, deadline);
  check_not_newer(schema, version);
  return version == latest_version(schema);
}

/// Does the next step; false when there is none.
bool step(pq::Connection& connection, const Schema& schema, Deadline deadline) {
  pq::Transaction transaction(connection);
  pq::Pipeline prepare;
  prepare
      .add("SELECT pg_advisory_xact_lock(" + std::to_string(lock_class) + ", " +
           std::to_string(migration_lock) + ")")
      .add("CREATE TABLE IF NOT EXISTS " + std::string(schema.versions) +
           " (version bigint PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())")
      .add(version_query(schema));
  const auto prepared = transaction.run(std::move(prepare), deadline);
  const std::int64_t version = prepared.at(2).int64(0, 0);
  check_not_newer(schema, version);
  if (version == latest_version(schema)) return false;

  pq::Pipeline statements;
  for (const auto sql : schema.migrations[static_cast<std::size_t>(version)]) {
    statements.add(std::string(sql));
  }
  statements.add("INSERT INTO " + std::string(schema.versions) + " (version) VALUES ($1)",
                 pq::Params().int64(version + 1));
  transaction.run(std::move(statements), deadline);
  transaction.commit(deadline);
  return true;
}

}  // namespace

std::int64_t latest_version(const Schema& schema) {
  return static_cast<std::int64_t>(schema.migrations.size());
}

std::int64_t schema_version(pq::Connection& connection, const Schema& schema, Deadline deadline) {
  pq::Transaction transaction(connection);
  const auto known = transaction.run(
      pq::Pipeline().add("SELECT to_regclass($1) IS NOT NULL", pq::Params().text(schema.versions)),
      deadline);
  if (!known.at(0).boolean(0, 0)) return 0;
  return transaction.run(pq::Pipeline().add(version_query(schema)), deadline).at(0).int64(0, 0);
}

void migrate(pq::Connection& connection, const Schema& schema, Deadline deadline) {
  if (!connection.stores_utf8()) {
    throw migrate_error(ErrorCode::unsupported,
                        "the database does not store text as UTF-8; create it with ENCODING UTF8");
  }
  if (up_to_date(connection, schema, deadline)) return;
  while (step(connection, schema, deadline)) {
  }
}

}  // namespace polystore::adapters::postgres
