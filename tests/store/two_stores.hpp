#pragma once

#include "polystore/polystore.hpp"

#include "ports/metadata_port.hpp"
#include "ports/output_port.hpp"
#include "support/ids.hpp"
#include "values/read_copy.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace polystore::test {

/// Metadata and outputs in two stores that do not share transactions, empty, gone at the end. Each
/// program of the suite links one kind.
class TwoStores {
 public:
  /// Skips the test where a server is needed and not there.
  static std::unique_ptr<TwoStores> make();

  TwoStores() = default;
  TwoStores(const TwoStores&) = delete;
  TwoStores& operator=(const TwoStores&) = delete;
  virtual ~TwoStores() = default;

  [[nodiscard]] virtual OpenOptions options() const = 0;
  /// The stores themselves, to break things in.
  [[nodiscard]] virtual std::unique_ptr<ports::MetadataPort> metadata() const = 0;
  [[nodiscard]] virtual std::unique_ptr<ports::OutputPort> outputs() const = 0;
  /// Leaves a tombstone beside a row, which no port does.
  virtual void bury_row(const ContentId& id) const = 0;
};

/// A store on them, and what breaks it.
struct MaintenanceTest {
  MaintenanceTest() { store.ensure_user(1, "Ada"); }

  static Deadline soon() { return Deadline::after(std::chrono::seconds(30)); }
  static Draft draft() {
    return {.title = "title",
            .model = "model",
            .user_id = 1,
            .output = Document::from_json(R"({"text":"output"})"),
            .tags = {"tag"}};
  }

  static ContentId id_of_age(std::chrono::milliseconds age) { return id_made_at(-age); }

  /// Writes an output past the store.
  ContentId write_output(const ContentId& id, std::int64_t version = 1,
                         const std::string& title = "title") {
    const auto copy = values::encode_read_copy(
        {.id = id, .version = version, .title = title, .model = "model", .user_id = 1},
        Document::from_json(R"({"text":"stray"})"));
    write_bytes(id, version, copy);
    return id;
  }
  void write_bytes(const ContentId& id, std::int64_t version, std::span<const std::byte> bytes) {
    const ports::OutputDocument document{.id = id, .version = version, .bson = bytes};
    REQUIRE(outputs->write({&document, 1}, soon()).front().status == ports::OutputStatus::stored);
  }
  std::vector<ContentId> write_orphans(std::size_t count) {
    std::vector<ContentId> ids;
    for (std::size_t i = 0; i < count; ++i) {
      ids.push_back(write_output(id_of_age(std::chrono::hours(2))));
    }
    return ids;
  }

  /// A store whose metadata are elsewhere, beside the outputs of this one.
  ContentStore open_beside(const TwoStores& elsewhere) const {
    OpenOptions mixed = setup->options();
    mixed.metadata = elsewhere.options().metadata;
    return ContentStore::open(mixed);
  }

  bool has_output(const ContentId& id) {
    return outputs->read({&id, 1}, soon()).front().has_value();
  }

  std::int64_t enqueue(const ContentId& id, std::span<const std::byte> body = {}) {
    const ports::OutboxEntry entry{.id = id, .body = body};
    const auto transaction = metadata->begin(soon());
    const auto sequence = transaction->enqueue({&entry, 1}, soon()).front();
    transaction->commit(soon());
    return sequence;
  }

  /// Puts a content whose output is only in the outbox, as if the output store had been away.
  std::pair<ContentId, std::int64_t> put_queued() {
    const auto id = store.put(draft());
    const auto copy = outputs->read({&id, 1}, soon()).front()->bson;
    outputs->erase({&id, 1}, soon());
    return {id, enqueue(id, copy)};
  }

  std::unique_ptr<TwoStores> setup = TwoStores::make();
  ContentStore store = ContentStore::open(setup->options());
  Maintenance& maintenance = store.maintenance();
  std::unique_ptr<ports::MetadataPort> metadata = setup->metadata();
  std::unique_ptr<ports::OutputPort> outputs = setup->outputs();
};

}  // namespace polystore::test
