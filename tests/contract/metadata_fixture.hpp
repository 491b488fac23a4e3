#pragma once

#include "contract/metadata_contract.hpp"
#include "ports/metadata_port.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <vector>

/// What the files of the metadata contract share.
namespace polystore::test {

struct MetadataPortTest {
  MetadataPortTest() {
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
  std::vector<ports::InsertStatus> insert(const std::vector<ports::NewRow>& rows) {
    const auto transaction = port->begin(soon());
    transaction->start_insert(rows, soon());
    auto statuses = transaction->finish_insert(soon());
    transaction->commit(soon());
    return statuses;
  }

  /// Queues one entry in a transaction of its own and commits. Its sequence number.
  std::int64_t enqueue(const ContentId& id, std::int64_t version, std::span<const std::byte> body) {
    const ports::OutboxEntry entry{.id = id, .version = version, .body = body};
    const auto transaction = port->begin(soon());
    const auto sequences = transaction->enqueue({&entry, 1}, soon());
    transaction->commit(soon());
    return sequences.at(0);
  }

  std::optional<ports::RowState> state(const ContentId& id) {
    return port->read_states({&id, 1}, soon()).at(0);
  }

  std::vector<ContentId> list(const ports::FindParams& params) {
    std::vector<ContentId> ids;
    for (const auto& metadata : port->find(params, soon())) ids.push_back(metadata.id);
    return ids;
  }

  std::unique_ptr<MetadataFixture> setup = MetadataFixture::make();
  std::unique_ptr<ports::MetadataPort> port = setup->open();
};

}  // namespace polystore::test
