// A PostgreSQL server that crashes and comes back.
#include "polystore/polystore.hpp"

#include "support/own_server.hpp"
#include "support/patience.hpp"
#include "support/put_history.hpp"
#include "support/server_stores.hpp"

using namespace polystore;
using namespace polystore::test;
using namespace std::chrono_literals;

TEST_CASE("fault 08: PG stop -m immediate and restart under load loses no acknowledged put") {
  const OwnServer postgres(OwnServer::Kind::postgres);
  const ScratchMongo mongo;
  auto store = ContentStore::open({.metadata = postgres.url(),
                                   .outputs = mongo.url(),
                                   .responses = "memory:",
                                   .deadline = 20s});
  store.ensure_user(1, "Ada");
  PutHistory history;
  history.put_while(store, [&] {
    std::this_thread::sleep_for(500ms);
    postgres.crash();
    std::this_thread::sleep_for(100ms);
    postgres.restart();
    // The pool recovers by itself.
    const std::size_t before = history.acknowledged_count();
    CHECK(becomes_true([&] { return history.acknowledged_count() >= before + 50; }));
  });
  history.check(store);  // whether any failed: a put that meets the crash is repeated in its time
}
