// Servers that end sessions again and again while many threads put: what was acknowledged is there,
// what surely failed is not.
#include "polystore/polystore.hpp"

#include "support/mongo.hpp"
#include "support/put_history.hpp"
#include "support/server_stores.hpp"

#include <catch2/catch_test_macros.hpp>

#include <thread>

using namespace polystore;
using namespace std::chrono_literals;

namespace {

struct Fixture {
  Fixture() { store.ensure_user(1, "Ada"); }

  test::ScratchPostgres postgres;
  test::ScratchMongo mongo;
  ContentStore store = ContentStore::open(
      {.metadata = postgres.url(), .outputs = mongo.url() + "&appName=lost", .deadline = 20s});
};

// Runs `disturb` every 40 ms for 2 s.
template <class Disturb>
void for_a_while(Disturb disturb) {
  const auto end = Deadline::after(2s);
  while (!end.expired()) {
    disturb();
    std::this_thread::sleep_for(40ms);
  }
}

}  // namespace

TEST_CASE("PostgreSQL sessions that end at any moment lose no acknowledged put") {
  Fixture f;
  test::PutHistory history;
  history.put_while(f.store, [&] {
    for_a_while([&] {
      (void)f.postgres.query(
          "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE "
          "datname = current_database() AND pid <> pg_backend_pid()");
    });
  });
  history.check(f.store);
}

TEST_CASE("MongoDB connections that end at any moment lose no acknowledged put") {
  Fixture f;
  test::PutHistory history;
  {
    const test::MongoFailPoint fault("lost",
                                     R"("failCommands":["insert","update"],"closeConnection":true)",
                                     R"({"activationProbability":0.3})");
    history.put_while(f.store, [] { std::this_thread::sleep_for(2s); });
  }
  history.check(f.store);
}
