// Maintenance on real servers: what a failing MongoDB missed gets there with no call.
#include "polystore/polystore.hpp"

#include "support/mongo.hpp"
#include "support/patience.hpp"
#include "support/server_stores.hpp"

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <string>
#include <vector>

using namespace polystore;
using namespace std::chrono_literals;
using test::becomes_true;

namespace {

struct Fixture {
  [[nodiscard]] ContentStore open() const {
    return ContentStore::open(
        {.metadata = postgres.url(), .outputs = mongo.url() + "&appName=kept", .deadline = 20s});
  }

  test::ScratchPostgres postgres;
  test::ScratchMongo mongo;
};

Draft draft(int number) {
  return {.title = "title",
          .model = "model",
          .user_id = 1,
          .output = Document::from_json(R"({"number":)" + std::to_string(number) + "}")};
}

}  // namespace

TEST_CASE("maintenance of several stores at once drains what MongoDB missed") {
  const Fixture f;
  std::vector<ContentStore> stores;
  for (int i = 0; i < 3; ++i) stores.push_back(f.open());
  stores[0].ensure_user(1, "Ada");
  constexpr int count = 20;
  std::vector<ContentId> ids;
  {
    const test::MongoFailPoint fault(
        "kept", R"("failCommands":["insert","update"],"closeConnection":true)");
    for (int i = 0; i < count; ++i) ids.push_back(stores[0].put(draft(i)));
    stores[0].update(ids[0], {.output = draft(100).output});
    stores[0].erase(ids[1]);
    CHECK(stores[0].maintenance().outbox_status().pending >= count - 1);
    for (auto& store : stores) store.start_maintenance({.relay_pause = 20ms});
    CHECK(stores[0].get(ids[0])->output.get_integer("number") == 100);
  }
  CHECK(becomes_true([&] { return stores[1].maintenance().outbox_status().pending == 0; }));
  CHECK(stores[1].maintenance().outbox_status().dead == 0);
  CHECK(f.mongo.command(R"({"count":"aiGenerated"})").find("\"n\" : 19") != std::string::npos);
  CHECK(stores[2].get(ids[0])->output.get_integer("number") == 100);
  for (int i = 2; i < count; ++i) {
    CHECK(stores[2].get(ids[static_cast<std::size_t>(i)])->output.get_integer("number") == i);
  }
}

TEST_CASE("maintenance reports a metadata store that fails, and goes on when it is back") {
  const Fixture f;
  auto store = f.open();
  store.ensure_user(1, "Ada");
  std::atomic<int> failures{0};
  store.start_maintenance({.relay_pause = 10ms, .on_error = [&](const Error&) { ++failures; }});
  (void)f.postgres.query("ALTER TABLE polystore_outbox RENAME TO moved");
  CHECK(becomes_true([&] { return failures > 1; }));
  (void)f.postgres.query("ALTER TABLE moved RENAME TO polystore_outbox");
  {
    const test::MongoFailPoint fault(
        "kept", R"("failCommands":["insert","update"],"closeConnection":true)");
    store.put(draft(1));
  }
  CHECK(becomes_true([&] { return store.maintenance().outbox_status().pending == 0; }));
}
