// A writer that stands still between COMMIT and its write to MongoDB.
#include "fault/mongo_store.hpp"

#include <thread>

using namespace polystore;
using namespace std::chrono_literals;
using test::MongoFailPoint;

namespace {

// The paused writer is known to MongoDB by its name; this one is not.
ContentStore open_beside(const test::MongoStore& f) {
  return ContentStore::open(
      {.metadata = f.postgres.url(), .outputs = f.mongo.url(), .responses = "memory:"});
}

// Update and insert wait in the server before they run: long enough for an erase in between.
MongoFailPoint pause_writes(const test::MongoStore& f) {
  return MongoFailPoint(f.app_name(),
                        R"("failCommands":["update"],"blockConnection":true,"blockTimeMS":1500)",
                        R"({"times":1})");
}

void wait_for_version(ContentStore& store, const ContentId& id, std::int64_t version) {
  REQUIRE(test::becomes_true([&] {
    const auto content = store.get(id);
    return content && content->metadata.version == version;
  }));
}

// What the late write left in MongoDB no reader sees, and the sweeper takes it away.
void check_gone(test::MongoStore& f, ContentStore& other, const ContentId& id) {
  test::MongoStore::let_it_rest();
  test::drain_outbox(other);
  CHECK_FALSE(other.get(id));
  CHECK_FALSE(f.store.get(id));
  other.maintenance().sweep({.min_age = 0ms});
  CHECK(f.documents() == 1);
  CHECK(other.maintenance().verify({.min_age = 0ms}).findings.empty());
}

}  // namespace

TEST_CASE(
    "fault 33: an update paused between COMMIT and its write while another erases leaves no "
    "ghost") {
  test::MongoStore f;
  auto other = open_beside(f);
  other.put(test::draft_titled("kept"));
  const Draft draft = test::draft_titled("first");
  f.store.put(draft);
  {
    const auto paused = pause_writes(f);
    std::jthread updater([&] { f.store.update(*draft.id, {.title = "second"}); });
    wait_for_version(other, *draft.id, 2);  // committed: the write to MongoDB is on its way
    CHECK(other.erase(*draft.id).found);
    CHECK_FALSE(other.get(*draft.id));
    CHECK(f.documents() == 1);
  }
  check_gone(f, other, *draft.id);
}

TEST_CASE("fault 33: a relay paused with an entry in hand while another erases leaves no ghost") {
  test::MongoStore f;
  auto other = open_beside(f);
  other.put(test::draft_titled("kept"));
  const Draft draft = test::draft_titled("first");
  {
    const MongoFailPoint down(f.app_name(), R"("failCommands":["insert"],"closeConnection":true)");
    f.store.put(draft);
  }
  REQUIRE(f.pending() == 1);
  test::MongoStore::let_it_rest();
  {
    const auto paused = pause_writes(f);
    std::jthread relay([&] { f.store.maintenance().relay(); });
    std::this_thread::sleep_for(300ms);  // it waits for MongoDB's answer now
    CHECK(other.erase(*draft.id).found);
    CHECK_FALSE(other.get(*draft.id));
  }
  check_gone(f, other, *draft.id);
}
