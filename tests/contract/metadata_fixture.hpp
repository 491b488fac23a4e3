#pragma once

#include "contract/metadata_contract.hpp"
#include "ports/metadata_port.hpp"
#include "support/errors.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <vector>

/// What the files of the metadata contract share.
namespace polystore::test {

/// Setup: what makes the database and opens ports on it; MetadataFixture or one of its kind.
template <class Setup>
struct MetadataTestOn {
  MetadataTestOn() {
    port->migrate(soon());
    port->ensure_user(1, "Ada", soon());
  }
  static Deadline soon() { return Deadline::after(std::chrono::seconds(30)); }

  static ports::NewRow row(const std::string& title, std::uint8_t hash = 1) {
    ports::NewRow row{.metadata = {.id = ContentId::generate(),
                                   .title = title,
                                   .model = "model",
                                   .user_id = 1,
                                   .generated_at = Timestamp(std::chrono::milliseconds(1'000)),
                                   .tags = {"a", "b"},
                                   .usage = {.prompt_tokens = 1,
                                             .completion_tokens = 2,
                                             .latency = std::chrono::microseconds(3)}},
                      .title_words = {title}};
    row.hash.fill(hash);
    return row;
  }

  /// Inserts in a transaction of its own and commits.
  std::vector<ports::InsertStatus> insert(const std::vector<ports::NewRow>& rows) const {
    const auto transaction = port->begin(soon());
    transaction->start_insert(rows, soon());
    auto statuses = transaction->finish_insert(soon());
    transaction->commit(soon());
    return statuses;
  }

  /// Erases in a transaction of its own and commits. Whether it was there.
  bool erase(const ContentId& id) const {
    const auto transaction = port->begin(soon());
    const bool found = transaction->erase({&id, 1}, soon()).front();
    transaction->commit(soon());
    return found;
  }

  /// Queues one entry in a transaction of its own and commits. Its sequence number.
  std::int64_t enqueue(const ContentId& id, std::int64_t version,
                       std::span<const std::byte> body) const {
    const ports::OutboxEntry entry{.id = id, .version = version, .body = body};
    const auto transaction = port->begin(soon());
    const auto sequences = transaction->enqueue({&entry, 1}, soon());
    transaction->commit(soon());
    return sequences.at(0);
  }

  std::optional<ports::RowState> state(const ContentId& id) const {
    return port->read_states({&id, 1}, soon()).at(0);
  }

  std::vector<ContentId> list(const ports::FindParams& params) const {
    std::vector<ContentId> ids;
    for (const auto& metadata : port->find(params, soon())) ids.push_back(metadata.id);
    return ids;
  }

  /// Checks that data which the server refuses is told as such, and leaves no neighbour either.
  void check_data_refused(const ports::NewRow& bad) const {
    const auto transaction = port->begin(soon());
    const std::vector rows{row("good"), bad};
    transaction->start_insert(rows, soon());
    const Error error = error_of([&] { (void)transaction->finish_insert(soon()); });
    CHECK(error.code() == ErrorCode::invalid_argument);
    CHECK(error.outcome() == Outcome::not_applied);
    CHECK(port->find({}, soon()).empty());
  }

  std::unique_ptr<Setup> setup = Setup::make();
  std::unique_ptr<ports::MetadataPort> port = setup->open();
};

using MetadataPortTest = MetadataTestOn<MetadataFixture>;

/// The update that raises a row's version by one, with nothing else changed.
inline ports::RowUpdate next_of(const Metadata& metadata) {
  ports::RowUpdate update{.metadata = metadata, .token = ContentId::generate().bytes()};
  ++update.metadata.version;
  update.title_words = {metadata.title};
  return update;
}

}  // namespace polystore::test
