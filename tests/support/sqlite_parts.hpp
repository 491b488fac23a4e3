#pragma once

#include "adapters/memory/factory.hpp"
#include "adapters/sqlite/factory.hpp"
#include "facade/impl.hpp"
#include "support/faulty_outputs.hpp"
#include "support/temporary_folder.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace polystore::test {

/// A store whose metadata and outputs are two SQLite files, so that the whole protocol between two
/// stores runs, with outputs that can be told to misbehave.
struct TwoFileStore {
  TwoFileStore() : TwoFileStore(std::make_unique<TemporaryFolder>()) {}

  std::unique_ptr<TemporaryFolder> folder;
  FaultyOutputs* outputs = nullptr;
  ports::MetadataPort* metadata = nullptr;
  ContentStore store;

 private:
  explicit TwoFileStore(std::unique_ptr<TemporaryFolder> made)
      : folder(std::move(made)), store(StoreBuilder::build(make_parts())) {
    store.ensure_user(1, "Ada");
  }

  StoreParts make_parts() {
    using namespace std::chrono_literals;
    auto faulty = std::make_unique<FaultyOutputs>(
        adapters::sqlite::open_outputs(folder->sqlite_url("outputs.db")));
    outputs = faulty.get();
    StoreParts parts{.metadata = adapters::sqlite::open_metadata(folder->sqlite_url("metadata.db")),
                     .outputs = std::move(faulty),
                     .clock = std::make_shared<const ports::Clock>(),
                     .deadline = 10s,
                     .response_deadline = 1s};
    parts.responses = adapters::memory::open_responses(1 << 20, parts.clock);
    metadata = parts.metadata.get();
    parts.metadata->migrate(Deadline::after(10s));
    parts.outputs->migrate(Deadline::after(10s));
    return parts;
  }
};

}  // namespace polystore::test
