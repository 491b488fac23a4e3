#include "adapters/sqlite/outputs.hpp"

#include "polystore/sqlite/statement.hpp"
#include "polystore/sqlite/transaction.hpp"

#include "adapters/sqlite/read_id.hpp"
#include "adapters/sqlite/schema.hpp"
#include "adapters/sqlite/text_index.hpp"
#include "values/read_copy_parts.hpp"

#include <utility>

namespace polystore::adapters::sqlite {

using ports::OutputOutcome;
using ports::OutputStatus;

std::vector<OutputOutcome> ColocatedOutputs::write(std::span<const ports::OutputDocument> documents,
                                                   Deadline deadline) {
  return store(
      "INSERT INTO outputs (id, version, body) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE "
      "SET version = excluded.version, body = excluded.body WHERE outputs.version <= "
      "excluded.version",
      OutputStatus::superseded, documents, deadline);
}

std::vector<OutputOutcome> ColocatedOutputs::insert(
    std::span<const ports::OutputDocument> documents, Deadline deadline) {
  return store(
      "INSERT INTO outputs (id, version, body) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING",
      OutputStatus::present, documents, deadline);
}

std::vector<OutputOutcome> ColocatedOutputs::store(const char* sql, OutputStatus if_unchanged,
                                                   std::span<const ports::OutputDocument> documents,
                                                   Deadline deadline) {
  std::vector<OutputOutcome> outcomes;
  outcomes.reserve(documents.size());
  try {
    auto statement = connection_.prepare(sql, deadline);
    for (const auto& document : documents) {
      statement.reset();
      statement.bind(document.id.bytes()).bind(document.version).bind(document.bson).run();
      outcomes.push_back({connection_.changes() > 0 ? OutputStatus::stored : if_unchanged});
    }
    if (text_search_) (void)index_texts(connection_, documents.size(), deadline);
  } catch (const Error& error) {
    // The transaction as a whole is lost then.
    outcomes.assign(documents.size(), {OutputStatus::unacknowledged, error});
  }
  return outcomes;
}

void ColocatedOutputs::erase(std::span<const ContentId> ids, Deadline deadline) {
  auto statement = connection_.prepare("DELETE FROM outputs WHERE id = ?", deadline);
  for (const auto& id : ids) {
    statement.reset();
    statement.bind(id.bytes()).run();
  }
}

std::vector<ports::ScannedOutput> ColocatedOutputs::find_attached(std::span<const ContentId> ids,
                                                                  Deadline deadline) {
  std::vector<ports::ScannedOutput> found;
  auto statement = connection_.prepare("SELECT version, body FROM outputs WHERE id = ?", deadline);
  for (const auto& id : ids) {
    statement.reset();
    statement.bind(id.bytes());
    if (!statement.step()) continue;
    auto part = values::attached_part(statement.bytes(1));
    if (part.empty()) continue;
    found.push_back({.id = id, .version = statement.integer(0), .bson = std::move(part)});
  }
  return found;
}

std::vector<OutputOutcome> SqliteOutputs::write(std::span<const ports::OutputDocument> documents,
                                                Deadline deadline) {
  return in_transaction(&ColocatedOutputs::write, documents, deadline);
}

std::vector<OutputOutcome> SqliteOutputs::insert(std::span<const ports::OutputDocument> documents,
                                                 Deadline deadline) {
  return in_transaction(&ColocatedOutputs::insert, documents, deadline);
}

std::vector<OutputOutcome> SqliteOutputs::in_transaction(
    Store store, std::span<const ports::OutputDocument> documents, Deadline deadline) {
  if (documents.empty()) return {};
  try {
    const auto lease = database_->writer(deadline);
    polystore::sqlite::Transaction transaction(*lease, deadline);
    ColocatedOutputs outputs(*lease, database_->text_search());
    auto outcomes = (outputs.*store)(documents, deadline);
    if (!outcomes.front().error) transaction.commit(deadline);
    return outcomes;
  } catch (const Error& error) {
    return {documents.size(), {OutputStatus::unacknowledged, error}};
  }
}

void SqliteOutputs::erase(std::span<const ContentId> ids, Deadline deadline) {
  const auto lease = database_->writer(deadline);
  polystore::sqlite::Transaction transaction(*lease, deadline);
  ColocatedOutputs(*lease, database_->text_search()).erase(ids, deadline);
  transaction.commit(deadline);
}

std::vector<ports::ScannedOutput> SqliteOutputs::find_attached(std::span<const ContentId> ids,
                                                               Deadline deadline) {
  const auto lease = database_->reader(deadline);
  return ColocatedOutputs(*lease, false).find_attached(ids, deadline);
}

std::vector<std::optional<ports::StoredOutput>> SqliteOutputs::read(std::span<const ContentId> ids,
                                                                    Deadline deadline) {
  std::vector<std::optional<ports::StoredOutput>> found(ids.size());
  const auto lease = database_->reader(deadline);
  auto statement = lease->prepare("SELECT version, body FROM outputs WHERE id = ?", deadline);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    statement.reset();
    statement.bind(ids[i].bytes());
    if (!statement.step()) continue;
    const auto body = statement.bytes(1);
    found[i] = ports::StoredOutput{statement.integer(0), {body.begin(), body.end()}};
  }
  return found;
}

std::vector<ports::ScannedOutput> SqliteOutputs::scan(const ports::OutputScan& scan,
                                                      Deadline deadline) {
  constexpr std::size_t most_bytes = std::size_t{16} * 1024 * 1024;
  const auto lease = database_->reader(deadline);
  auto statement = lease->prepare(
      scan.with_copies ? "SELECT id, version, body FROM outputs WHERE id > ? ORDER BY id LIMIT ?"
                       : "SELECT id, version FROM outputs WHERE id > ? ORDER BY id LIMIT ?",
      deadline);
  statement.bind(scan.after.bytes()).bind(static_cast<std::int64_t>(scan.limit));
  std::vector<ports::ScannedOutput> found;
  std::size_t bytes = 0;
  while (bytes < most_bytes && statement.step()) {
    found.push_back({.id = read_id(statement, 0), .version = statement.integer(1)});
    if (!scan.with_copies) continue;
    const auto body = statement.bytes(2);
    found.back().bson.assign(body.begin(), body.end());
    bytes += body.size();
  }
  return found;
}

std::uint64_t SqliteOutputs::count(Deadline deadline) {
  const auto lease = database_->reader(deadline);
  auto statement = lease->prepare("SELECT count(*) FROM outputs", deadline);
  statement.step();
  return static_cast<std::uint64_t>(statement.integer(0));
}

std::string SqliteOutputs::claim_for(const std::string& store_id, Deadline deadline) {
  constexpr const char* recorded = "SELECT store_id FROM polystore_owner";
  {
    const auto lease = database_->reader(deadline);
    auto statement = lease->prepare(recorded, deadline);
    if (statement.step()) return statement.text(0);
  }
  const auto lease = database_->writer(deadline);
  polystore::sqlite::Transaction transaction(*lease, deadline);
  lease->prepare("INSERT OR IGNORE INTO polystore_owner VALUES (1, ?)", deadline)
      .bind(store_id)
      .run();
  std::string owner;
  {
    auto statement = lease->prepare(recorded, deadline);
    statement.step();
    owner = statement.text(0);
  }
  transaction.commit(deadline);
  return owner;
}

void SqliteOutputs::migrate(Deadline deadline) {
  database_->migrate("outputs", output_steps, deadline);
  if (database_->text_search()) make_text_index(*database_, deadline);
}

std::vector<HealthCheck> SqliteOutputs::check(Deadline deadline) {
  return database_->check("outputs", output_steps.size(), !colocated_, deadline);
}

void SqliteOutputs::close() noexcept { database_->close(); }

}  // namespace polystore::adapters::sqlite
