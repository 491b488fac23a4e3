// A process that dies, and a server that crashes, in the middle of retention.
#include "polystore/polystore.hpp"

#include "adapters/mongo/factory.hpp"
#include "adapters/mysql/factory.hpp"
#include "adapters/postgres/factory.hpp"
#include "support/faulty_store.hpp"
#include "support/mongo.hpp"
#include "support/own_server.hpp"
#include "support/patience.hpp"
#include "support/server_stores.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

using namespace polystore;
using namespace std::chrono_literals;
using Fault = test::FaultyMetadata::Fault;

namespace {

constexpr int old_contents = 60;
constexpr int kept_contents = 20;

Draft draft(const std::string& model) {
  return {.title = "title",
          .model = model,
          .user_id = 1,
          .output = Document::from_json(R"({"text":"output"})"),
          .tags = {"tag"}};
}

void fill(ContentStore& store) {
  store.ensure_user(1, "Ada");
  std::vector<Draft> drafts(old_contents, draft("old"));
  drafts.resize(old_contents + kept_contents, draft("new"));
  for (const auto& result : store.put_many(drafts, Deadline::after(30s))) REQUIRE(result.value);
}

// Whatever there is, is whole; then retention goes on, and nothing but what it meets is gone.
void check_goes_on(ContentStore& store) {
  const auto whole = [&] {
    const auto report =
        store.maintenance().verify({.repair = true, .min_age = 0ms}, Deadline::after(30s));
    CHECK(report.complete);
    CHECK(report.findings.empty());
    return report;
  };
  CHECK(whole().rows >= kept_contents);
  CHECK(test::becomes_true([&] {
    try {
      return store.maintenance()
          .apply_retention({.model = "old", .batch = 10}, Deadline::after(20s))
          .complete;
    } catch (const Error&) {
      return false;  // the pool has sessions that ended
    }
  }));
  store.maintenance().relay(Deadline::after(20s));
  const auto report = whole();
  CHECK(report.rows == kept_contents);
  CHECK(report.outputs == kept_contents);
  CHECK(report.tombstones == old_contents);
  CHECK(store.maintenance().outbox_status().pending == 0);
}

using OpenMetadata = std::function<std::unique_ptr<ports::MetadataPort>()>;

// Runs retention in a process that is killed at the third COMMIT: before the server hears of it, or
// when it is done and the read copies are still there.
void die_in_third_batch(const OpenMetadata& metadata, const std::string& outputs, Fault fault) {
  const pid_t pid = fork();
  if (pid == 0) {
    try {
      test::FaultyStore dying(metadata(), adapters::mongo::open_outputs(outputs), 30s);
      dying.metadata->working = 2;
      dying.metadata->when_lost = [] { (void)::kill(getpid(), SIGKILL); };
      dying.metadata->fault = fault;
      (void)dying.store.maintenance().apply_retention({.model = "old", .batch = 10});
    } catch (const Error&) {
      _exit(1);
    }
    _exit(0);
  }
  REQUIRE(pid > 0);
  int status = 0;
  REQUIRE(waitpid(pid, &status, 0) == pid);
  CHECK(WIFSIGNALED(status));
}

void check_death(const OpenMetadata& metadata, const std::string& metadata_url,
                 const test::ScratchMongo& mongo) {
  const auto fault = GENERATE(Fault::request_lost, Fault::answer_lost);
  // Opened after the child has ended: it must not have a parent's sessions and threads.
  {
    auto store = ContentStore::open(
        {.metadata = metadata_url, .outputs = mongo.url(), .responses = "memory:"});
    fill(store);
  }
  die_in_third_batch(metadata, mongo.url(), fault);
  auto store = ContentStore::open(
      {.metadata = metadata_url, .outputs = mongo.url(), .responses = "memory:", .deadline = 20s});
  const std::size_t left = fault == Fault::request_lost ? 40 : 30;
  // The server may not have noticed yet that its client is gone.
  CHECK(test::becomes_true(
      [&] { return store.find({.model = "old", .limit = 100}).items.size() == left; }));
  check_goes_on(store);
}

}  // namespace

TEST_CASE(
    "a process that dies in the middle of retention leaves nothing half erased (PostgreSQL)") {
  const test::ScratchPostgres postgres;
  const test::ScratchMongo mongo;
  check_death([&] { return adapters::postgres::open_metadata(postgres.url()); }, postgres.url(),
              mongo);
}

TEST_CASE("a process that dies in the middle of retention leaves nothing half erased (MariaDB)") {
  const test::ScratchMysql mysql;
  const test::ScratchMongo mongo;
  check_death([&] { return adapters::mysql::open_metadata(mysql.url()); }, mysql.url(), mongo);
}

TEST_CASE(
    "a PostgreSQL server that crashes in the middle of retention leaves nothing half erased") {
  const test::OwnServer server(test::OwnServer::Kind::postgres);
  const test::ScratchMongo mongo;
  auto store = ContentStore::open(
      {.metadata = server.url(), .outputs = mongo.url(), .responses = "memory:", .deadline = 20s});
  fill(store);
  std::atomic<std::uint64_t> erased{0};
  {
    // One content a batch, so that the crash comes in the middle.
    const std::jthread retention([&] {
      try {
        erased = store.maintenance()
                     .apply_retention({.model = "old", .batch = 1}, Deadline::after(20s))
                     .erased;
      } catch (const Error&) {
        erased = 0;
      }
    });
    while (store.find({.model = "old", .limit = 100}).items.size() == old_contents) {
      std::this_thread::sleep_for(1ms);
    }
    server.crash();
    server.restart();
  }
  CHECK(erased <= old_contents);
  CHECK(test::becomes_true([&] {
    try {
      return !store.find({.model = "new"}).items.empty();
    } catch (const Error&) {
      return false;
    }
  }));
  check_goes_on(store);
}
