#pragma once

#include "adapters/mongo/factory.hpp"
#include "adapters/postgres/factory.hpp"
#include "support/faulty_store.hpp"
#include "support/server_stores.hpp"

#include <chrono>

namespace polystore::test {

/// Where a store has its databases: a base, so that they outlive the store.
struct ScratchDatabases {
  ScratchPostgres postgres;
  ScratchMongo mongo;
};

/// As TwoFileStore (support/sqlite_parts.hpp), on PostgreSQL and MongoDB.
struct FaultyServers : ScratchDatabases, FaultyStore {
  FaultyServers()
      : FaultyStore(adapters::postgres::open_metadata(postgres.url()),
                    adapters::mongo::open_outputs(mongo.url()), std::chrono::seconds(20)) {}
};

}  // namespace polystore::test
