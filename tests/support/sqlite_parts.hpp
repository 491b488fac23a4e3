#pragma once

#include "adapters/sqlite/factory.hpp"
#include "support/faulty_store.hpp"
#include "support/temporary_folder.hpp"

#include <chrono>

namespace polystore::test {

/// Where a store has its files: a base, so that it outlives the store.
struct StoreFolder {
  TemporaryFolder folder;
};

/// A store whose metadata and outputs are two SQLite files, so that the whole protocol between two
/// stores runs, with both stores able to misbehave when told.
struct TwoFileStore : StoreFolder, FaultyStore {
  explicit TwoFileStore(write::LaneLimits lanes = {.lanes = 1}, write::OutboxLimits outbox = {})
      : FaultyStore(adapters::sqlite::open_metadata(folder.sqlite_url("metadata.db")),
                    adapters::sqlite::open_outputs(folder.sqlite_url("outputs.db")),
                    std::chrono::seconds(10), lanes, outbox) {}
};

}  // namespace polystore::test
