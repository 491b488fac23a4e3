// Relays that die, and entries that MongoDB will not take.
#include "adapters/mongo/factory.hpp"
#include "adapters/postgres/factory.hpp"
#include "fault/mongo_store.hpp"
#include "write/relay.hpp"

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <string>
#include <vector>

using namespace polystore;
using namespace std::chrono_literals;
using test::draft_titled;
using test::drain_outbox;
using test::has;
using test::MongoFailPoint;

namespace {

// A relay in a process of its own, which ends by itself when the outbox is empty.
class RelayChild {
 public:
  RelayChild(const std::string& metadata_url, const std::string& outputs_url,
             const std::string& lease_ms) {
    std::vector<std::string> words{POLYSTORE_TEST_RELAY_CHILD, metadata_url, outputs_url, lease_ms};
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    REQUIRE(posix_spawn(&pid_, arguments[0], nullptr, nullptr, arguments.data(), environ) == 0);
  }
  RelayChild(const RelayChild&) = delete;
  RelayChild& operator=(const RelayChild&) = delete;
  ~RelayChild() {
    if (!ended_) kill_it();
  }

  void kill_it() {
    kill(pid_, SIGKILL);
    (void)exit_status();
  }
  /// Waits for its end: its exit status, or -1 when a signal ended it.
  int exit_status() {
    int status = 0;
    ended_ = true;
    if (waitpid(pid_, &status, 0) != pid_ || !WIFEXITED(status)) return -1;
    return WEXITSTATUS(status);
  }

 private:
  pid_t pid_ = 0;
  bool ended_ = false;
};

// Puts that MongoDB does not take now, and so are in the outbox.
std::vector<Draft> put_through_outbox(test::MongoStore& f, std::vector<std::string> titles) {
  const MongoFailPoint fault(f.app_name(), R"("failCommands":["insert"],"errorCode":91)");
  std::vector<Draft> drafts;
  drafts.reserve(titles.size());
  for (const auto& title : titles) drafts.push_back(draft_titled(title));
  for (const auto& result : f.store.put_many(drafts)) REQUIRE(result.value);
  REQUIRE(f.pending() == static_cast<std::int64_t>(titles.size()));
  return drafts;
}

// Waits until the first column of the query's first row is `value`.
bool becomes(const test::ScratchPostgres& postgres, const std::string& sql,
             const std::string& value) {
  return test::becomes_true([&] { return postgres.query(sql) == value; });
}

}  // namespace

TEST_CASE("fault 28: of two relays one dies in mid batch, and each document is stored once") {
  test::MongoStore f;
  constexpr int count = 300;
  std::vector<std::string> titles;
  for (int i = 0; i < count; ++i) titles.push_back("title " + std::to_string(i));
  const auto drafts = put_through_outbox(f, titles);

  const std::string dying = f.app_name() + "-dying";
  const std::string lease_ms = "2000";
  const MongoFailPoint fault(dying, R"("failCommands":["insert"],"blockConnection":true,)"
                                    R"("blockTimeMS":3000)");
  RelayChild first(f.postgres.url(), f.mongo.url() + "&appName=" + dying, lease_ms);
  REQUIRE(becomes(f.postgres, "SELECT count(*) FROM polystore_outbox WHERE attempts > 0", "64"));
  RelayChild second(f.postgres.url(), f.outputs_url(), lease_ms);
  REQUIRE(becomes(f.postgres, "SELECT count(*) < 300 FROM polystore_outbox", "t"));
  first.kill_it();
  // It ends when also the dead one's entries are handed over, after their lease.
  CHECK(second.exit_status() == 0);

  CHECK(f.pending() == 0);
  CHECK(f.store.maintenance().outbox_status().dead == 0);
  CHECK(f.documents() == count);
  std::size_t right = 0;
  for (const Draft& draft : drafts) right += has(f.store, draft) ? 1U : 0U;
  CHECK(right == drafts.size());
}

TEST_CASE("fault 29: an entry that MongoDB will never take is given up, and the others pass") {
  test::MongoStore f;
  const auto drafts = put_through_outbox(f, {"a", "poison", "b"});
  (void)f.mongo.command(R"({"collMod":"aiGenerated","validator":{"title":{"$ne":"poison"}}})");
  f.let_it_rest();
  const auto report = f.store.maintenance().relay();
  CHECK(report.applied == 2);
  CHECK(report.dead == 1);
  const auto later = put_through_outbox(f, {"later"});
  f.let_it_rest();
  CHECK(f.store.maintenance().relay().applied == 1);
  CHECK(f.pending() == 0);
  CHECK(f.store.maintenance().outbox_status().dead == 1);
  CHECK(f.documents() == 3);
  CHECK(has(f.store, later[0]));
  for (const Draft& draft : drafts) CHECK(has(f.store, draft));  // the dead one is kept
}

TEST_CASE("fault 29: an entry that fails too often is given up, and later ones pass") {
  test::MongoStore f;
  const auto poison = put_through_outbox(f, {"poison"});
  const auto metadata = adapters::postgres::open_metadata(f.postgres.url());
  const auto outputs = adapters::mongo::open_outputs(f.outputs_url());
  constexpr std::int32_t attempts = 3;
  write::Relay relay(*metadata, *outputs,
                     {.attempts = attempts, .first_delay = 1ms, .longest_delay = 1ms});
  std::int32_t tries = 0;
  {
    // It breaks every connection that tries to write it.
    const MongoFailPoint fault(f.app_name(), R"("failCommands":["insert"],"closeConnection":true)");
    for (bool dead = false; !dead && tries < 10; ++tries) {
      f.let_it_rest();
      dead = relay.run(Deadline::after(10s)).dead == 1;
    }
  }
  CHECK(tries <= attempts);
  CHECK(f.store.maintenance().outbox_status().dead == 1);
  const auto later = put_through_outbox(f, {"later"});
  drain_outbox(f.store);
  CHECK(f.documents_titled("later") == 1);
  CHECK(has(f.store, later[0]));
  CHECK(has(f.store, poison[0]));
}
