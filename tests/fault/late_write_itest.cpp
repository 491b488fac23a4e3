// A writer that stands still between COMMIT and its write to MongoDB.
#include "fault/mongo_store.hpp"
#include "support/temporary_folder.hpp"

#include <functional>
#include <thread>
#include <vector>

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

// No reader sees what the late write left in MongoDB, and the writer takes it away.
void check_gone(test::MongoStore& f, ContentStore& other, const ContentId& id) {
  CHECK_FALSE(other.get(id));
  CHECK_FALSE(f.store.get(id));
  CHECK(f.becomes_documents(1));
  test::MongoStore::let_it_rest();
  test::drain_outbox(other);
  CHECK(f.documents() == 1);
  CHECK(other.maintenance().verify({.min_age = 0ms}).findings.empty());
}

// Two stores that share their vectors; the first one's writes to MongoDB can be paused.
struct EmbeddingStores {
  [[nodiscard]] ContentStore open(const std::string& outputs) const {
    return ContentStore::open({.metadata = f.postgres.url(),
                               .outputs = outputs,
                               .responses = "memory:",
                               .vectors = folder.sqlite_url(),
                               .deadline = 20s});
  }
  [[nodiscard]] static Embedding embedding() {
    return {.tenant = Tenant::named("late"), .values = {1, 2}};
  }
  [[nodiscard]] static bool finds_some(ContentStore& store) {
    const std::vector<float> query{1, 2};
    return !store.vectors().nearest(query, 1, {.tenant = embedding().tenant}).empty();
  }

  // `write` sends a document with an embedding to MongoDB, where it waits while the other store
  // erases its content.
  void check_taken_back(const ContentId& id, const std::function<void()>& write) {
    other.put(test::draft_titled("kept"));
    {
      const auto paused = pause_writes(f);
      std::jthread writer(write);
      std::this_thread::sleep_for(500ms);  // it waits for MongoDB's answer now
      CHECK(other.erase(id).found);
    }
    // The writer has ended.
    const VectorName name{.tenant = embedding().tenant, .id = id.to_string()};
    CHECK_FALSE(other.vectors().get(name));
    check_gone(f, other, id);
    CHECK_FALSE(other.vectors().get(name));
    CHECK_FALSE(finds_some(first));
    CHECK_FALSE(finds_some(other));
  }

  test::MongoStore f;
  test::TemporaryFolder folder;
  ContentStore first = open(f.outputs_url());
  ContentStore other = open(f.mongo.url());
};

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

TEST_CASE("fault 33: a first embedding paused on its way while another erases is taken back") {
  EmbeddingStores stores;
  const Draft draft = test::draft_titled("first");
  stores.first.put(draft);
  stores.check_taken_back(*draft.id, [&] {
    stores.first.update(*draft.id, {.embedding = EmbeddingStores::embedding()});
  });
}

TEST_CASE("fault 33: a rename paused on its way while another erases is taken back") {
  EmbeddingStores stores;
  Draft draft = test::draft_titled("first");
  draft.embedding = EmbeddingStores::embedding();
  stores.first.put(draft);
  stores.check_taken_back(*draft.id, [&] { stores.first.rename_model("model", "renamed"); });
}

TEST_CASE("fault 33: an embedding paused in a relay while another erases is taken back") {
  EmbeddingStores stores;
  Draft draft = test::draft_titled("first");
  draft.embedding = EmbeddingStores::embedding();
  {
    const MongoFailPoint down(stores.f.app_name(),
                              R"("failCommands":["insert","update"],"closeConnection":true)");
    stores.first.put(draft);
  }
  REQUIRE(stores.f.pending() == 1);
  test::MongoStore::let_it_rest();
  stores.check_taken_back(*draft.id, [&] { stores.first.maintenance().relay(); });
}
