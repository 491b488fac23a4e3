#include "adapters/mysql/transaction.hpp"

#include <algorithm>
#include <string>

namespace polystore::adapters::mysql {

using ports::OutboxEntry;
using ports::OutboxOperation;

namespace {

/// One entry, in several statements where its body is longer than one may be.
class EntryStatements {
 public:
  explicit EntryStatements(std::size_t max_message_bytes)
      // In hexadecimal, with room for the rest of the statement.
      : part_bytes_(std::min(std::size_t{1} << 21, max_message_bytes / 2 - 512)) {}

  void add_to(my::Script& script, const OutboxEntry& entry) const {
    const auto begin = entry.body.first(std::min(part_bytes_, entry.body.size()));
    my::Statement insert(
        "INSERT INTO polystore_outbox (id, version, operation, body_bytes, body, created_at, "
        "next_attempt_at) VALUES ");
    insert.open().uuid(entry.id.bytes()).int64(entry.version);
    insert.text(entry.operation == OutboxOperation::write ? "write" : "erase");
    insert.int64(static_cast<std::int64_t>(entry.body.size())).bytes(begin);
    insert.sql(", UTC_TIMESTAMP(6), UTC_TIMESTAMP(6)").close();
    script.add(std::move(insert));
    for (auto rest = entry.body.subspan(begin.size()); !rest.empty();) {
      const auto part = rest.first(std::min(part_bytes_, rest.size()));
      my::Statement append(
          "UPDATE polystore_outbox FORCE INDEX (PRIMARY) SET body = CONCAT(body, ");
      append.bytes(part).sql(") WHERE seq = LAST_INSERT_ID()");
      script.add(std::move(append));
      rest = rest.subspan(part.size());
    }
  }

 private:
  std::size_t part_bytes_;
};

// A statement's value may be as long as a message.
void check_body(const OutboxEntry& entry, const my::Connection& connection) {
  if (entry.body.size() <= connection.max_allowed_packet_bytes()) return;
  throw Error({.code = ErrorCode::unsupported,
               .backend = Backend::mysql,
               .operation = "use the outbox",
               .message = "an output of " + std::to_string(entry.body.size()) +
                          " bytes can't wait there, for the server's max_allowed_packet is " +
                          std::to_string(connection.max_allowed_packet_bytes()) +
                          "; raise it to 16 MiB"});
}

}  // namespace

void MetadataTransaction::start_insert(std::span<const ports::NewRow> rows, Deadline deadline) {
  insert_.emplace(rows);
  insert_->set_names(resolve_names(*connection_, insert_->models(), insert_->tags(), deadline));
  transaction_.send(insert_->insert_rows(), deadline);
}

std::vector<ports::InsertStatus> MetadataTransaction::finish_insert(Deadline deadline) {
  try {
    settle_insert(transaction_.receive(deadline), deadline);
    return insert_->statuses();
  } catch (const Error& error) {
    if (!Insert::may_be_explained(error)) throw;
  }
  // Somebody may insert one of the rows while nobody has it: then once more.
  constexpr int most_rounds = 3;
  for (int round = 1;; ++round) {
    transaction_.restart();
    const auto obstacles = transaction_.run(insert_->look_for_obstacles(), deadline);
    if (!insert_->take_obstacles(obstacles)) return insert_->statuses();
    try {
      settle_insert(transaction_.run(insert_->insert_rows(), deadline), deadline);
      return insert_->statuses();
    } catch (const Error& error) {
      if (!Insert::may_be_explained(error) || round == most_rounds) throw;
    }
  }
}

void MetadataTransaction::settle_insert(const my::ScriptResults& results, Deadline deadline) {
  const auto erased = insert_->settle(results);
  if (erased.empty()) return;
  my::Script script;
  add_row_removals(script, erased);
  transaction_.run(std::move(script), deadline);
}

std::vector<std::int64_t> MetadataTransaction::enqueue(std::span<const OutboxEntry> entries,
                                                       Deadline deadline) {
  const EntryStatements statements(connection_->max_message_bytes());
  my::Script script;
  std::vector<std::size_t> inserts;
  for (const OutboxEntry& entry : entries) {
    check_body(entry, *connection_);
    inserts.push_back(script.size());
    statements.add_to(script, entry);
  }
  const auto results = transaction_.run(std::move(script), deadline);
  std::vector<std::int64_t> sequences;
  for (const std::size_t index : inserts) {
    sequences.push_back(static_cast<std::int64_t>(results.at(index).insert_id()));
  }
  return sequences;
}

}  // namespace polystore::adapters::mysql
