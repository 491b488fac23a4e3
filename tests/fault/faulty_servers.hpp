#pragma once

#include "adapters/memory/factory.hpp"
#include "adapters/mongo/factory.hpp"
#include "adapters/postgres/factory.hpp"
#include "facade/impl.hpp"
#include "support/faulty_metadata.hpp"
#include "support/faulty_outputs.hpp"
#include "support/server_stores.hpp"

#include <chrono>
#include <memory>

namespace polystore::test {

/// As TwoFileStore (support/sqlite_parts.hpp), on PostgreSQL and MongoDB.
struct FaultyServers {
  FaultyServers() { store.ensure_user(1, "Ada"); }

  ScratchPostgres postgres;
  ScratchMongo mongo;
  FaultyOutputs* outputs = nullptr;
  FaultyMetadata* metadata = nullptr;
  ContentStore store = StoreBuilder::build(make_parts());

 private:
  StoreParts make_parts() {
    using namespace std::chrono_literals;
    auto faulty = std::make_unique<FaultyOutputs>(adapters::mongo::open_outputs(mongo.url()));
    outputs = faulty.get();
    auto faulty_metadata =
        std::make_unique<FaultyMetadata>(adapters::postgres::open_metadata(postgres.url()));
    metadata = faulty_metadata.get();
    StoreParts parts{.metadata = std::move(faulty_metadata),
                     .outputs = std::move(faulty),
                     .clock = std::make_shared<const ports::Clock>(),
                     .deadline = 20s,
                     .response_deadline = 1s};
    parts.responses = adapters::memory::open_responses(1 << 20, parts.clock);
    parts.metadata->migrate(Deadline::after(20s));
    parts.outputs->migrate(Deadline::after(20s));
    return parts;
  }
};

}  // namespace polystore::test
