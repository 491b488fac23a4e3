// Servers that end sessions again and again while many threads put: what was acknowledged is there,
// what surely failed is not.
#include "polystore/polystore.hpp"

#include "support/mongo.hpp"
#include "support/server_stores.hpp"

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

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

Draft draft(const ContentId& id) {
  return {.title = id.to_string(),
          .model = "model",
          .user_id = 1,
          .output = Document::from_json(R"({"id":")" + id.to_string() + R"("})"),
          .id = id};
}

struct History {
  std::mutex mutex;
  std::vector<ContentId> acknowledged;
  std::vector<ContentId> failed;  // surely not applied
};

void put_until(ContentStore& store, History& history, const std::atomic<bool>& stop) {
  while (!stop) {
    const auto id = ContentId::generate();
    std::vector<ContentId>* list = &history.acknowledged;
    try {
      store.put(draft(id), Deadline::after(5s));
    } catch (const Error& error) {
      list = error.outcome() == Outcome::not_applied ? &history.failed : nullptr;
    }
    const std::lock_guard lock(history.mutex);
    if (list != nullptr) list->push_back(id);
  }
}

// Runs `disturb` every 40 ms while 8 threads put, for 2 s.
template <class Disturb>
void put_while(ContentStore& store, History& history, Disturb disturb) {
  std::atomic<bool> stop{false};
  std::vector<std::jthread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] { put_until(store, history, stop); });
  }
  const auto end = Deadline::after(2s);
  while (!end.expired()) {
    disturb();
    std::this_thread::sleep_for(40ms);
  }
  stop = true;
}

void check_history(ContentStore& store, const History& history) {
  const auto give_up = Deadline::after(15s);
  while (store.maintenance().outbox_status().pending > 0 && !give_up.expired()) {
    store.maintenance().relay();
    std::this_thread::sleep_for(50ms);
  }
  CHECK(store.maintenance().outbox_status().pending == 0);
  CHECK(history.acknowledged.size() > 20);
  std::size_t right = 0;
  for (const auto& id : history.acknowledged) {
    const auto content = store.get(id);
    if (content && content->output.get_string("id") == id.to_string()) ++right;
  }
  CHECK(right == history.acknowledged.size());
  for (const auto& id : history.failed) CHECK_FALSE(store.get(id));
}

}  // namespace

TEST_CASE("PostgreSQL sessions that end at any moment lose no acknowledged put") {
  Fixture f;
  History history;
  put_while(f.store, history, [&] {
    (void)f.postgres.query(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE "
        "datname = current_database() AND pid <> pg_backend_pid()");
  });
  check_history(f.store, history);
}

TEST_CASE("MongoDB connections that end at any moment lose no acknowledged put") {
  Fixture f;
  History history;
  {
    const test::MongoFailPoint fault("lost",
                                     R"("failCommands":["insert","update"],"closeConnection":true)",
                                     R"({"activationProbability":0.3})");
    put_while(f.store, history, [] {});
  }
  check_history(f.store, history);
}
