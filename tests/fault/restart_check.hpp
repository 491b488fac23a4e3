#pragma once

#include "polystore/polystore.hpp"

#include "support/own_server.hpp"
#include "support/patience.hpp"
#include "support/put_history.hpp"
#include "support/server_stores.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <cstddef>
#include <thread>

namespace polystore::test {

/// A server of metadata that crashes and comes back under load.
inline void check_restart_loses_no_acknowledged_put(OwnServer::Kind kind) {
  const OwnServer server(kind);
  const ScratchMongo mongo;
  auto store = ContentStore::open({.metadata = server.url(),
                                   .outputs = mongo.url(),
                                   .responses = "memory:",
                                   .deadline = std::chrono::seconds(20)});
  store.ensure_user(1, "Ada");
  PutHistory history;
  history.put_while(store, [&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    server.crash();
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    server.restart();
    // The pool recovers by itself.
    const std::size_t before = history.acknowledged_count();
    CHECK(becomes_true([&] { return history.acknowledged_count() >= before + 50; }));
  });
  history.check(store);  // whether any failed: a put that meets the crash is repeated in its time
}

}  // namespace polystore::test
