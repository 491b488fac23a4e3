// A cluster whose slots move and whose nodes die, under load.
#include "polystore/polystore.hpp"

#include "adapters/redis/keys.hpp"
#include "fault/redis_cluster.hpp"
#include "fault/redis_load.hpp"
#include "support/faults.hpp"
#include "support/temporary_folder.hpp"

#include <catch2/catch_test_macros.hpp>

#include <memory>
#include <string>

using namespace polystore;
using namespace polystore::test;
using namespace std::chrono_literals;

namespace {

const adapters::redis::Keys keys("fault");

struct UnderLoad {
  UnderLoad() {
    ports.await_valid();
    REQUIRE(load.goes_on());
  }

  // What was acknowledged since then, and is not there.
  [[nodiscard]] int missing_since(RedisLoad::Clock::time_point begin) const {
    const RedisPorts fresh(cluster.url());
    int missing = 0;
    for (const auto& write : load.written_since(begin)) {
      const std::string value = std::to_string(write.number);
      bool is_there = false;
      switch (write.kind) {
        case RedisLoad::Kind::plain:
          is_there = fresh.plain().get(RedisLoad::plain_key(write.number), in_20_s()) == value;
          break;
        case RedisLoad::Kind::stored: {
          const auto key = RedisLoad::entry_key(write.number);
          const auto found = fresh.stored().look_up(key, in_20_s()).stored;
          is_there = found && found->envelope == value;
          break;
        }
        case RedisLoad::Kind::vector:
          is_there = vectors->get(RedisLoad::vector_key(write.number), in_20_s()).has_value();
      }
      if (!is_there) ++missing;
    }
    return missing;
  }

  RedisCluster cluster{keys.epoch()};
  RedisPorts ports{cluster.url()};
  std::unique_ptr<ports::VectorPort> vectors = adapters::redis::open_vectors(cluster.url());
  RedisLoad load{ports, *vectors};
};

// Whether a plain response of the slot can be written and read: with one key there is nothing to
// wait for, wherever that is.
bool serves_one_key(const RedisPorts& ports, const std::string& value) {
  ports.plain().set("{fault}:one", value, 1h, in_20_s());
  return ports.plain().get("{fault}:one", in_20_s()) == value &&
         !ports.plain().get("{fault}:none", in_20_s());
}

void move_under_load(UnderLoad& f, const RedisProcess& from, const RedisProcess& to) {
  f.cluster.begin_move(from, to);
  CHECK(serves_one_key(f.ports, "first"));  // not there yet: ASK
  // Nobody would tell of changes that are made on the other node.
  CHECK(becomes_true([&] { return !f.ports.copies_are_valid(); }));
  // Half-way, a look-up of what is not there meets the epoch on one node alone: TRYAGAIN.
  f.ports.stored().advance_epoch(7, in_20_s());
  check_ends_within(500ms, [&] {
    const Error error = error_of([&] {
      (void)f.ports.stored().look_up({1, 1, 1, 1, 1}, Deadline::after(500ms));
    });
    CHECK(error.native_code() == "TRYAGAIN");
    CHECK(error.retryable());
    CHECK(error.outcome() == Outcome::not_applied);
  });
  CHECK(f.cluster.move_keys(from, to, 20));
  CHECK(serves_one_key(f.ports, "second"));
  f.cluster.end_move(from, to);
  CHECK(f.load.goes_on());
  CHECK(serves_one_key(f.ports, "third"));
  CHECK(hears(f.ports, f.cluster.url(), 1));
}

}  // namespace

TEST_CASE("fault 37: a slot moves to another node and back under load") {
  UnderLoad f;
  const auto begin = RedisLoad::Clock::now();
  move_under_load(f, f.cluster.owner(), f.cluster.other());
  // Now nodes name only ports: the host is the one that answers.
  for (const RedisProcess* node : f.cluster.masters()) {
    (void)node->run({"CONFIG", "SET", "cluster-preferred-endpoint-type", "unknown-endpoint"});
  }
  const auto moved = f.cluster.owner().answer({"GET", keys.epoch()}).redirect();
  REQUIRE(moved);
  CHECK(moved->server == redis::Endpoint{"", f.cluster.other().port()});
  move_under_load(f, f.cluster.other(), f.cluster.owner());
  f.load.stop();
  CHECK(f.load.failures() == 0);
  CHECK(f.missing_since(begin) == 0);
}

TEST_CASE("fault 37: a node of a cluster dies, and its replica takes its slots") {
  UnderLoad f;
  const std::string elsewhere = f.cluster.key_of(f.cluster.other());
  f.cluster.owner().kill();
  for (int i = 0; i < 10; ++i) {
    // Its slots are away, the others' are not.
    check_ends_within(200ms, [&] {
      try {
        (void)f.ports.stored().look_up(entry, Deadline::after(200ms));
      } catch (const Error& error) {
        CHECK(error.retryable());
      }
    });
    f.ports.plain().set(elsewhere, "v", 1h, in_20_s());
    CHECK(f.ports.plain().get(elsewhere, in_20_s()) == "v");
  }
  REQUIRE(becomes_true([&] { return f.cluster.replica().run({"ROLE"}).at(0).text() == "master"; }));
  CHECK(f.load.goes_on());
  const auto known = RedisLoad::Clock::now();
  CHECK(hears(f.ports, f.cluster.url(), 1));
  f.cluster.owner().start(RedisCluster::lines());  // now a replica itself
  CHECK(f.load.goes_on());
  f.load.stop();
  CHECK(f.load.failures() == 0);
  CHECK(f.missing_since(known) == 0);
}

TEST_CASE("a store works on a cluster, and nobody takes one for the other") {
  RedisCluster cluster(keys.epoch());
  const TemporaryFolder folder;
  const auto open = [&](const std::string& url) {
    return ContentStore::open({.metadata = folder.sqlite_url(), .responses = url, .deadline = 20s});
  };
  auto store = open(cluster.url());
  const Request request{.tenant = Tenant::shared(), .model = "m", .messages = {{"user", "hello"}}};
  const auto generate = [](Deadline) { return Response{.text = "hi"}; };
  (void)store.cache().get_or_generate(request, generate);
  auto other = open(cluster.url());
  CHECK(other.cache().get_or_generate(request, generate).source == Source::cache);
  store.vectors().put({.name = {.tenant = Tenant::shared(), .id = "v"}, .values = {1, 2}});
  CHECK(other.vectors().nearest(std::vector<float>{1, 2}, 1, {.tenant = Tenant::shared()}).size() ==
        1);
  for (const auto& check :
       check_health({.metadata = folder.sqlite_url(), .responses = cluster.url()}, in_20_s())) {
    INFO(check.name << ": " << check.message);
    CHECK(check.status != HealthStatus::failure);
  }

  const RedisPorts as_single("redis://" + cluster.owner().address());
  const Error cluster_error = error_of([&] { (void)as_single.plain().get("key", in_20_s()); });
  CHECK(cluster_error.code() == ErrorCode::unsupported);
  CHECK(cluster_error.field() == "url");
  CHECK(std::string(cluster_error.what()).find("redis+cluster://") != std::string::npos);
  const OwnRedis single;
  const auto host = single.url().find("://");
  const RedisPorts as_cluster("redis+cluster" + single.url().substr(host));
  const Error single_error = error_of([&] { (void)as_cluster.plain().get("key", in_20_s()); });
  CHECK(single_error.code() == ErrorCode::unsupported);
  CHECK(single_error.field() == "url");
  CHECK_FALSE(as_single.copies_are_valid());
  CHECK_FALSE(as_cluster.copies_are_valid());
}
