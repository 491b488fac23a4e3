#pragma once

#include "adapters/memory/factory.hpp"
#include "adapters/sqlite/factory.hpp"
#include "facade/impl.hpp"
#include "support/faulty_metadata.hpp"
#include "support/faulty_outputs.hpp"
#include "support/temporary_folder.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace polystore::test {

/// A store whose metadata and outputs are two SQLite files, so that the whole protocol between two
/// stores runs, with both stores able to misbehave when told.
struct TwoFileStore {
  explicit TwoFileStore(write::LaneLimits limits = {.lanes = 1}, write::OutboxLimits outbox = {})
      : TwoFileStore(std::make_unique<TemporaryFolder>(), limits, outbox) {}

  std::unique_ptr<TemporaryFolder> folder;
  FaultyOutputs* outputs = nullptr;
  FaultyMetadata* metadata = nullptr;
  ContentStore store;

 private:
  TwoFileStore(std::unique_ptr<TemporaryFolder> made, write::LaneLimits limits,
               write::OutboxLimits outbox)
      : folder(std::move(made)), store(StoreBuilder::build(make_parts(limits, outbox))) {
    store.ensure_user(1, "Ada");
  }

  StoreParts make_parts(write::LaneLimits limits, write::OutboxLimits outbox) {
    using namespace std::chrono_literals;
    auto faulty = std::make_unique<FaultyOutputs>(
        adapters::sqlite::open_outputs(folder->sqlite_url("outputs.db")));
    outputs = faulty.get();
    auto faulty_metadata = std::make_unique<FaultyMetadata>(
        adapters::sqlite::open_metadata(folder->sqlite_url("metadata.db")));
    metadata = faulty_metadata.get();
    StoreParts parts{.metadata = std::move(faulty_metadata),
                     .outputs = std::move(faulty),
                     .clock = std::make_shared<const ports::Clock>(),
                     .lanes = limits,
                     .outbox = outbox,
                     .deadline = 10s,
                     .response_deadline = 1s};
    parts.responses = adapters::memory::open_responses(1 << 20, parts.clock);
    parts.metadata->migrate(Deadline::after(10s));
    parts.outputs->migrate(Deadline::after(10s));
    return parts;
  }
};

}  // namespace polystore::test
