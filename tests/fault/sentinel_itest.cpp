// A master that fails and is replaced by Sentinel, while one sentinel hangs and another never hears
// of it: no write goes to the old master once the new one is known.
#include "polystore/polystore.hpp"
#include "polystore/redis/connection.hpp"

#include "adapters/redis/keys.hpp"
#include "fault/redis_load.hpp"
#include "support/faults.hpp"
#include "support/redis_process.hpp"
#include "support/temporary_folder.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

using namespace polystore;
using namespace polystore::test;
using namespace std::chrono_literals;

namespace {

// A master, its replica, and three sentinels. The first is cut off: it lacks the password of what
// it watches, and knows for ever what it knew at first. The others replace a master within seconds.
class Watched {
 public:
  Watched() {
    master.start({});
    replica.start({"masterauth pw", "replicaof 127.0.0.1 " + std::to_string(master.port())});
    REQUIRE(becomes_true([this] { return is_in_sync(); }));
    cut_off.start(lines(cut_off, nullptr));
    first.start(lines(first, &second));
    second.start(lines(second, &first));
  }

  [[nodiscard]] std::string url() const {
    return "redis+sentinel://:pw@" + cut_off.address() + "," + first.address() + "," +
           second.address() + "/2?master=cache&sentinel_password=sentinels";
  }
  void await_failover() const {
    REQUIRE(becomes_true([this] {
      return master_by(first) == replica.port() && master_by(second) == replica.port();
    }));
  }
  static int master_by(const RedisProcess& sentinel) {
    const auto reply = sentinel.run({"SENTINEL", "GET-MASTER-ADDR-BY-NAME", "cache"});
    return std::stoi(std::string(reply.at(1).text()));
  }

  RedisProcess master{RedisProcess::Kind::server, "pw"};
  RedisProcess replica{RedisProcess::Kind::server, "pw"};
  RedisProcess cut_off{RedisProcess::Kind::sentinel, "sentinels"};
  RedisProcess first{RedisProcess::Kind::sentinel, "sentinels"};
  RedisProcess second{RedisProcess::Kind::sentinel, "sentinels"};

 private:
  [[nodiscard]] bool is_in_sync() const {
    return replica.run({"ROLE"}).at(3).text() == "connected";
  }

  // 40 digits, as Sentinel wants.
  static std::string id_of(const RedisProcess& sentinel) {
    return std::string(35, '0') + std::to_string(sentinel.port());
  }

  // `other`: the sentinel that it knows; null for the one that is cut off.
  [[nodiscard]] std::vector<std::string> lines(const RedisProcess& own,
                                               const RedisProcess* other) const {
    std::vector<std::string> lines{
        "sentinel myid " + id_of(own),
        "sentinel monitor cache 127.0.0.1 " + std::to_string(master.port()) + " 1",
        // Only the first begins a failover: two would now and then wait for each other's vote.
        "sentinel down-after-milliseconds cache " + std::string(&own == &first ? "500" : "60000"),
        "sentinel failover-timeout cache 3000",
        "sentinel sentinel-pass sentinels",
    };
    if (other != nullptr) {
      lines.emplace_back("sentinel auth-pass cache pw");
      lines.push_back("sentinel known-replica cache 127.0.0.1 " + std::to_string(replica.port()));
      lines.push_back("sentinel known-sentinel cache 127.0.0.1 " + std::to_string(other->port()) +
                      " " + id_of(*other));
    }
    return lines;
  }
};

struct UnderLoad {
  UnderLoad() {
    ports.await_valid();
    REQUIRE(load.goes_on());
  }

  // So many calls at once that each needs a connection of its own. How many of them were
  // acknowledged and are not on this server.
  [[nodiscard]] int crowd(const RedisProcess& server, const std::string& name) const {
    constexpr int callers = 12;
    constexpr int calls = 20;
    const std::string value(50'000, 'v');
    std::mutex mutex;
    std::vector<std::string> written;
    {
      std::vector<std::jthread> threads;
      for (int i = 0; i < callers; ++i) {
        threads.emplace_back([&, i] {
          for (int call = 0; call < calls; ++call) {
            const std::string key = name + std::to_string(i * calls + call);
            try {
              ports.plain().set(key, value, 1h, in_20_s());
            } catch (const Error&) {
              continue;
            }
            const std::lock_guard lock(mutex);
            written.push_back(key);
          }
        });
      }
    }
    const auto there = connect_to(server);
    return static_cast<int>(std::ranges::count_if(written, [&](const std::string& key) {
      return there->command({"EXISTS", key}, in_20_s()).integer() == 0;
    }));
  }

  static std::unique_ptr<redis::Connection> connect_to(const RedisProcess& server) {
    return redis::Connection::connect(
        {.host = "127.0.0.1", .port = server.port(), .password = "pw", .database = 2}, in_20_s());
  }

  // Connections are opened anew, by all.
  void cut_connections() const {
    for (const char* type : {"normal", "pubsub"}) {
      (void)watched.replica.answer({"CLIENT", "KILL", "TYPE", type});
    }
  }

  // What was acknowledged since then, and is not on the new master.
  [[nodiscard]] int missing_since(RedisLoad::Clock::time_point begin) const {
    const auto there = connect_to(watched.replica);
    const adapters::redis::Keys keys("fault");
    int missing = 0;
    for (const auto& write : load.written_since(begin)) {
      const std::string plain = RedisLoad::plain_key(write.number);
      const std::string stored = keys.value(RedisLoad::entry_key(write.number));
      const std::string vector = RedisLoad::vector_key(write.number);
      redis::Command command{"EXISTS", plain};
      if (write.kind == RedisLoad::Kind::stored) command = {"EXISTS", stored};
      if (write.kind == RedisLoad::Kind::vector) {
        command = {"HEXISTS", "{polystore:vectors}:data", vector};
      }
      if (there->command(command, in_20_s()).integer() != 1) ++missing;
    }
    return missing;
  }

  Watched watched;
  RedisPorts ports{watched.url()};
  std::unique_ptr<ports::VectorPort> vectors = adapters::redis::open_vectors(watched.url());
  RedisLoad load{ports, *vectors};
};

}  // namespace

TEST_CASE("fault 37: a master dies, Sentinel replaces it, and it comes back believing in itself") {
  UnderLoad f;
  RedisLoad::Clock::time_point known{};
  {
    // The one that is asked first does not even answer meanwhile.
    const StoppedProcess hung(f.watched.cut_off.pid());
    f.watched.master.kill();
    f.watched.await_failover();
    known = RedisLoad::Clock::now();
    CHECK(f.load.goes_on());
    CHECK(hears(f.ports, f.watched.url(), 1));
  }
  CHECK(Watched::master_by(f.watched.cut_off) == f.watched.master.port());
  f.watched.master.start({});
  for (int i = 0; i < 2; ++i) {
    f.cut_connections();
    CHECK(f.load.goes_on());
  }
  CHECK(hears(f.ports, f.watched.url(), 2));
  // It was still a trap.
  CHECK(f.watched.master.run({"ROLE"}).at(0).text() == "master");
  CHECK(f.watched.master.run({"INFO", "keyspace"}).text().find("db2") == std::string_view::npos);
  f.load.stop();
  CHECK(f.load.failures() == 0);
  CHECK(f.missing_since(known) == 0);
}

TEST_CASE("fault 37: a master hangs, Sentinel replaces it, and it goes on where it was") {
  UnderLoad f;
  CHECK(f.crowd(f.watched.master, "before") == 0);
  RedisLoad::Clock::time_point known{};
  {
    const StoppedProcess hung(f.watched.master.pid());
    f.watched.await_failover();
    CHECK(f.load.goes_on());
    known = RedisLoad::Clock::now();
  }
  // Connections from before are still there, and so is who answers on them.
  CHECK(f.crowd(f.watched.replica, "after") == 0);
  CHECK(f.watched.master.run({"ROLE"}).at(0).text() == "master");
  CHECK(hears(f.ports, f.watched.url(), 1));
  f.load.stop();
  CHECK(f.load.failures() == 0);
  CHECK(f.missing_since(known) == 0);
}

TEST_CASE("an invalidated scope stays so when the new master has not heard of it") {
  Watched watched;
  const TemporaryFolder folder;
  const auto open = [&] {
    return ContentStore::open(
        {.metadata = folder.sqlite_url(), .responses = watched.url(), .deadline = 20s});
  };
  auto store = open();
  auto other = open();
  const auto key_of = [](const Tenant& tenant) {
    return CacheKey::of({.tenant = tenant, .model = "m", .messages = {{"user", "hello"}}});
  };
  const Tenant tenant = Tenant::named("gone");
  const CacheKey gone = key_of(tenant);
  const CacheKey kept = key_of(Tenant::named("kept"));
  for (const CacheKey& key : {gone, kept}) {
    store.cache().store_response(key, {.text = "hi"});
    REQUIRE(becomes_true([&] { return other.cache().lookup(key).has_value(); }));
  }
  const std::string keys(watched.master.run({"INFO", "keyspace"}).text());
  REQUIRE(becomes_true([&] {
    const auto reply = watched.replica.run({"INFO", "keyspace"});
    const auto count_end = keys.find(",expires");
    return reply.text().substr(0, count_end) == keys.substr(0, count_end);
  }));
  {
    const StoppedProcess lagging(watched.replica.pid());
    store.cache().invalidate(Scope::tenant(tenant), in_20_s());
    watched.master.kill();
  }
  watched.await_failover();
  // Not by a look-up, which would ask the metadata store while the master is away.
  REQUIRE(works_again([&] { (void)other.responses().get("key"); }));
  CHECK_FALSE(other.cache().lookup(gone));
  CHECK(becomes_true([&] { return other.cache().lookup(kept).has_value(); }));
  CHECK_FALSE(other.cache().lookup(gone));
}

TEST_CASE("with no sentinel that answers, calls end by their deadlines") {
  Watched watched;
  watched.cut_off.kill();
  const StoppedProcess first(watched.first.pid());
  const StoppedProcess second(watched.second.pid());
  const RedisPorts ports(watched.url());
  for (int i = 0; i < 3; ++i) {
    check_ends_within(100ms, [&] {
      CHECK(
          error_of([&] { ports.plain().set("key", "v", 1h, Deadline::after(100ms)); }).retryable());
    });
  }
}

TEST_CASE("a replica that becomes the master by hand is found, and a master's name must be known") {
  Watched watched;
  RedisPorts ports(watched.url());
  ports.plain().set("key", "v", 1h, in_20_s());
  ports.stored().advance_epoch(7, in_20_s());
  CHECK(ports.stored().look_up(entry, in_20_s()).epoch == 7);
  const auto options = redis::ConnectOptions::from_url(watched.url(), "url");
  const auto before = redis::Connection::connect(options, in_20_s());
  CHECK_FALSE(before->superseded());
  watched.first.run({"SENTINEL", "FAILOVER", "cache"});
  watched.await_failover();
  // What it was told before it was the master may not be all that its master was told. The one
  // before answers until the sentinels make it a replica.
  CHECK(works_again([&] {
    if (ports.stored().look_up(entry, in_20_s()).epoch) throw Error({.message = "not yet"});
  }));
  CHECK(works_again([&] { ports.plain().set("key", "w", 1h, in_20_s()); }));
  CHECK(ports.plain().get("key", in_20_s()) == "w");
  ports.stored().advance_epoch(8, in_20_s());
  CHECK(ports.stored().look_up(entry, in_20_s()).epoch == 8);
  const auto after = redis::Connection::connect(options, in_20_s());
  CHECK_FALSE(after->superseded());
  CHECK(before->superseded());
  CHECK_FALSE(before->healthy());

  const std::string url = watched.url();
  const auto name = url.find("master=cache");
  const RedisPorts others(url.substr(0, name) + "master=cash" + url.substr(name + 12));
  const Error error = error_of([&] { (void)others.plain().get("key", in_20_s()); });
  CHECK(error.code() == ErrorCode::invalid_argument);
  CHECK(error.field() == "master");
}
