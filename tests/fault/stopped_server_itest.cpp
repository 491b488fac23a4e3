// Servers that stop answering (SIGSTOP): every call ends by its deadline + 100 ms and the store
// goes on by itself when they answer again.
#include "polystore/polystore.hpp"

#include "support/deadline_grace.hpp"
#include "support/patience.hpp"
#include "support/server_stores.hpp"
#include "support/servers.hpp"

#include <catch2/catch_test_macros.hpp>

#include <signal.h>

#include <functional>
#include <string>

using namespace polystore;
using namespace std::chrono_literals;
using test::works_again;

namespace {

// Stops a server and all its processes for the length of a scope.
class Stopped {
 public:
  explicit Stopped(pid_t pid) : pid_(pid) { signal_all("-STOP"); }
  Stopped(const Stopped&) = delete;
  Stopped& operator=(const Stopped&) = delete;
  ~Stopped() { signal_all("-CONT"); }

 private:
  void signal_all(const std::string& name) const {
    const std::string pid = std::to_string(pid_);
    // The children too: PostgreSQL serves each session from one.
    REQUIRE(std::system(("kill " + name + " " + pid + " $(pgrep -P " + pid + ")").c_str()) == 0);
  }

  pid_t pid_;
};

struct Fixture {
  Fixture() {
    store.ensure_user(1, "Ada");
    id = store.put(draft());
    store.responses().set("key", "value", 1h);
  }
  static Draft draft() { return {.title = "title", .model = "model", .user_id = 1}; }

  test::ScratchPostgres postgres;
  test::ScratchMongo mongo;
  test::ScratchRedis redis;
  ContentStore store = ContentStore::open(test::options_on(postgres, mongo, redis));
  ContentId id;
};

using Call = std::function<void(ContentStore&, Deadline)>;

void check_ends_by_deadline(ContentStore& store, const Call& call) {
  for (const auto span : {50ms, 300ms, 1500ms}) {
    const auto start = Deadline::Clock::now();
    try {
      call(store, Deadline::after(span));
    } catch (const Error& error) {
      INFO(error.what());
      CHECK(
          (error.code() == ErrorCode::deadline_exceeded || error.code() == ErrorCode::unavailable));
      CHECK(error.retryable());
    }
    const auto took =
        std::chrono::duration_cast<std::chrono::milliseconds>(Deadline::Clock::now() - start);
    INFO("deadline " << span.count() << " ms, took " << took.count() << " ms");
    CHECK(took <= span + test::deadline_grace);
  }
}

pid_t server_pid(const char* name) { return std::stoi(test::require_server(name)); }

}  // namespace

TEST_CASE("a stopped PostgreSQL holds no call beyond its deadline") {
  Fixture f;
  {
    const Stopped stopped(server_pid("POSTGRES_PID"));
    check_ends_by_deadline(f.store, [](auto& s, Deadline d) { s.put(Fixture::draft(), d); });
    check_ends_by_deadline(f.store, [&](auto& s, Deadline d) { (void)s.get(f.id, d); });
    check_ends_by_deadline(f.store, [](auto& s, Deadline d) { (void)s.find({}, d); });
    check_ends_by_deadline(f.store,
                           [&](auto& s, Deadline d) { s.erase(ContentId::generate(), d); });
    check_ends_by_deadline(f.store,
                           [&](auto& s, Deadline d) { s.update(f.id, {.title = "t"}, d); });
    check_ends_by_deadline(f.store, [](auto& s, Deadline d) { s.erase_user(404, d); });
    CHECK(f.store.responses().get("key") == "value");
  }
  CHECK(works_again([&] { (void)f.store.get(f.id); }));
  CHECK(f.store.put(Fixture::draft()) != f.id);
}

TEST_CASE("a stopped mongod holds no call beyond its deadline, and no put fails") {
  Fixture f;
  std::vector<ContentId> acknowledged;
  {
    const Stopped stopped(server_pid("MONGO_PID"));
    check_ends_by_deadline(f.store, [&](auto& s, Deadline d) { (void)s.get(f.id, d); });
    check_ends_by_deadline(
        f.store, [&](auto& s, Deadline d) { acknowledged.push_back(s.put(Fixture::draft(), d)); });
    check_ends_by_deadline(f.store,
                           [&](auto& s, Deadline d) { s.update(f.id, {.title = "t"}, d); });
    for (int i = 0; i < 3; ++i) {
      acknowledged.push_back(f.store.put(Fixture::draft(), Deadline::after(2s)));
      CHECK(f.store.update(acknowledged.back(), {.title = "new"}, Deadline::after(2s)).version ==
            2);
      CHECK(f.store.get(acknowledged.back()));
    }
  }
  CHECK(works_again([&] { (void)f.store.get(f.id); }));
  CHECK(works_again([&] {
    f.store.maintenance().relay();
    if (f.store.maintenance().outbox_status().pending > 0) throw Error({.message = "not yet"});
  }));
  for (const auto& id : acknowledged) CHECK(f.store.get(id));
}

TEST_CASE("a stopped Redis holds no call beyond its deadline") {
  Fixture f;
  {
    const Stopped stopped(server_pid("REDIS_PID"));
    check_ends_by_deadline(f.store, [](auto& s, Deadline d) { (void)s.responses().get("key", d); });
    check_ends_by_deadline(f.store,
                           [](auto& s, Deadline d) { s.responses().set("key", "v", 1h, d); });
    CHECK(f.store.get(f.id));
    CHECK(f.store.put(Fixture::draft()) != f.id);
  }
  CHECK(works_again([&] { (void)f.store.responses().get("key"); }));
}
