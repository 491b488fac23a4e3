// What puts that die, writes that come late and wrong databases leave to the sweeper: faults 19, 25
// and 27 of drivers.md.
#include "polystore/polystore.hpp"

#include "fault/faulty_servers.hpp"
#include "support/errors.hpp"
#include "support/faults.hpp"
#include "support/mongo.hpp"
#include "support/patience.hpp"
#include "support/temporary_folder.hpp"
#include "values/read_copy.hpp"

#include <catch2/catch_test_macros.hpp>

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <thread>

using namespace polystore;
using namespace std::chrono_literals;
using test::error_of;

namespace {

Deadline soon() { return Deadline::after(20s); }

Draft draft(const ContentId& id = ContentId::generate()) {
  return {.title = "title", .model = "model", .user_id = 1, .id = id};
}

struct Servers {
  Servers() { store.ensure_user(1, "Ada"); }

  [[nodiscard]] OpenOptions options() const {
    return {.metadata = postgres.url(),
            .outputs = mongo.url() + "&appName=sweep",
            .responses = "memory:",
            .deadline = 20s};
  }
  bool has_output(const ContentId& id) {
    return outputs->read({&id, 1}, soon()).front().has_value();
  }
  // As a write that was given up and comes late.
  void write_output(const ContentId& id) {
    const auto copy = values::encode_read_copy(
        {.id = id, .title = "title", .model = "model", .user_id = 1}, Document());
    const ports::OutputDocument document{.id = id, .bson = copy};
    REQUIRE(outputs->write({&document, 1}, soon()).front().status == ports::OutputStatus::stored);
  }

  test::ScratchPostgres postgres;
  test::ScratchMongo mongo;
  ContentStore store = ContentStore::open(options());
  std::unique_ptr<ports::OutputPort> outputs = adapters::mongo::open_outputs(mongo.url());
};

// Sweeping by any measure, and yet refused with nothing removed.
void check_sweep_refused(ContentStore& store, const std::string& told) {
  const Error error =
      error_of([&] { (void)store.maintenance().sweep({.min_age = 0ms, .largest_share = 1}); });
  INFO(error.what());
  CHECK(error.code() == ErrorCode::conflict);
  CHECK(std::string(error.what()).find(told) != std::string::npos);
}

// A process that puts one draft and never gets to its COMMIT; killed at the end of the scope.
class StuckWriter {
 public:
  StuckWriter(const Servers& servers, const ContentId& id) : pid_(fork()) {
    if (pid_ == 0) write(servers, id);
    REQUIRE(pid_ > 0);
  }
  StuckWriter(const StuckWriter&) = delete;
  StuckWriter& operator=(const StuckWriter&) = delete;
  ~StuckWriter() { kill(); }

  void kill() {
    if (pid_ <= 0) return;
    (void)::kill(pid_, SIGKILL);
    int status = 0;
    CHECK(waitpid(pid_, &status, 0) == pid_);
    CHECK(WIFSIGNALED(status));
    pid_ = 0;
  }

 private:
  [[noreturn]] static void write(const Servers& servers, const ContentId& id) {
    try {
      test::FaultyStore stuck(adapters::postgres::open_metadata(servers.postgres.url()),
                              adapters::mongo::open_outputs(servers.mongo.url()), 60s);
      stuck.metadata->hold = true;  // for ever
      stuck.store.put(draft(id));
    } catch (const Error&) {
      _exit(1);
    }
    _exit(0);
  }

  pid_t pid_;
};

// A hot standby of the test server.
class Standby {
 public:
  Standby() {
    chmod(folder_.path().c_str(), 0755);
    port_ = test::DeadPort(test::DeadPort::Kind::closed).port();
    const std::string server = test::require_server("POSTGRES_URL");
    (void)test::require_server("POSTGRES_BIN");
    REQUIRE(run("start '" + data() + "' '" + server + "' " + std::to_string(port_)) == 0);
  }
  Standby(const Standby&) = delete;
  Standby& operator=(const Standby&) = delete;
  ~Standby() { (void)run("stop '" + data() + "'"); }

  /// The same database, on the standby.
  [[nodiscard]] std::string url_of(const std::string& url) const {
    const auto end = url.find_first_of("/?", url.find("://") + 3);
    const auto colon = url.rfind(':', end);
    return url.substr(0, colon + 1) + std::to_string(port_) + url.substr(end);
  }

 private:
  [[nodiscard]] std::string data() const { return (folder_.path() / "standby").string(); }
  static int run(const std::string& arguments) {
    return std::system((POLYSTORE_TEST_STANDBY " " + arguments).c_str());
  }

  test::TemporaryFolder folder_;
  std::uint16_t port_ = 0;
};

}  // namespace

TEST_CASE("fault 19: a write of MongoDB that comes after the delete stays deleted") {
  Servers f;
  f.store.put(draft());
  const auto id = ContentId::generate();
  {
    const test::MongoFailPoint fault(
        "sweep", R"("failCommands":["insert"],"blockConnection":true,"blockTimeMS":1500)",
        R"({"times":1})");
    CHECK(f.store.put(draft(id), Deadline::after(1s)) == id);  // by the outbox
    CHECK(f.store.get(id));
    CHECK(f.store.erase(id).found);
    std::this_thread::sleep_for(1500ms);
  }
  f.write_output(id);
  CHECK_FALSE(f.store.get(id));
  CHECK(error_of([&] { f.store.put(draft(id)); }).code() == ErrorCode::conflict);
  f.store.maintenance().relay();
  CHECK(f.store.maintenance().outbox_status().pending == 0);
  CHECK(f.store.maintenance().sweep({.min_age = 0ms}).removed == 1);
  CHECK_FALSE(f.has_output(id));
  CHECK(f.store.maintenance().verify({.min_age = 0ms}).findings.empty());
}

TEST_CASE(
    "fault 25: a writer killed between MongoDB's answer and COMMIT leaves no row, and the "
    "sweeper removes its document") {
  Servers f;
  f.store.put(draft());
  const auto id = ContentId::generate();
  StuckWriter writer(f, id);
  CHECK(test::becomes_true([&] { return f.has_output(id); }));
  // The put is under way and holds its id: the sweeper waits for it, and removes nothing.
  const Error waited = error_of(
      [&] { (void)f.store.maintenance().sweep({.min_age = 0ms}, Deadline::after(300ms)); });
  CHECK(waited.retryable());
  CHECK(f.has_output(id));
  writer.kill();
  CHECK_FALSE(f.store.get(id));
  CHECK(f.store.maintenance().sweep({.min_age = 0ms}).removed == 1);
  CHECK_FALSE(f.has_output(id));
  CHECK_FALSE(f.store.get(id));
  CHECK(f.store.maintenance().verify({.min_age = 0ms}).findings.empty());
}

TEST_CASE("fault 27: the sweeper refuses an empty metadata database, and one it does not know") {
  Servers f;
  const auto id = f.store.put(draft());
  const test::ScratchPostgres empty;
  OpenOptions mixed = f.options();
  mixed.metadata = empty.url();
  ContentStore wrong = ContentStore::open(mixed);
  check_sweep_refused(wrong, "belong to");
  wrong.ensure_user(1, "Ada");
  wrong.put(draft());
  check_sweep_refused(wrong, "belong to");
  CHECK(f.has_output(id));
  CHECK(f.store.get(id));

  // The right database, emptied behind our back.
  (void)f.postgres.query("DELETE FROM ai_generated_content");
  check_sweep_refused(f.store, "no content at all");
  CHECK(f.has_output(id));
}

TEST_CASE(
    "fault 27: the sweeper refuses a metadata database that was restored from an old backup") {
  Servers f;
  std::vector<Draft> drafts(30);
  for (auto& each : drafts) each = draft();
  for (const auto& item : f.store.put_many(drafts)) REQUIRE(item.value);
  (void)f.postgres.query(
      "DELETE FROM ai_generated_content WHERE id NOT IN (SELECT id FROM ai_generated_content LIMIT "
      "19)");
  const Error error = error_of([&] { (void)f.store.maintenance().sweep({.min_age = 0ms}); });
  CHECK(error.code() == ErrorCode::conflict);
  CHECK(std::string(error.what()).find("older backup") != std::string::npos);
  for (const auto& each : drafts) CHECK(f.has_output(*each.id));
}

TEST_CASE("fault 27: the sweeper refuses a standby") {
  Servers f;
  const auto id = f.store.put(draft());
  const Standby standby;
  // Put after the standby was made, and in its way: it may lack this one.
  OpenOptions options = f.options();
  options.metadata = standby.url_of(f.postgres.url());
  ContentStore follower = ContentStore::open(options);
  CHECK(follower.maintenance().identity().standby);
  CHECK(follower.maintenance().identity().metadata_id ==
        f.store.maintenance().identity().metadata_id);
  CHECK(follower.get(id));
  f.write_output(ContentId::generate());
  check_sweep_refused(follower, "standby");
  CHECK(error_of([&] { (void)follower.maintenance().verify(); }).code() == ErrorCode::conflict);
  CHECK(f.outputs->count(soon()) == 2);
  CHECK_FALSE(f.store.maintenance().identity().standby);
}
