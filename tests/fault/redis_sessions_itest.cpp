// Connections to Redis that are lost: those that carry calls, and the one that hears of changes.
#include "fault/redis_port.hpp"
#include "support/child.hpp"
#include "support/fault_proxy.hpp"
#include "support/faults.hpp"
#include "support/thread_failures.hpp"

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <thread>
#include <vector>

using namespace polystore;
using namespace polystore::test;
using namespace std::chrono_literals;

namespace {

ports::EntryKey entry_of(int number) {
  ports::EntryKey key{};
  key[0] = static_cast<std::uint8_t>(number);
  key[1] = static_cast<std::uint8_t>(number / 256);
  return key;
}

// A port on a proxy whose changes another port, on the server itself, makes.
struct Changes {
  Changes() { ports.await_valid(); }

  // Whether a change made now is heard of.
  bool hears(int number) {
    others.stored().store(entry_of(number), {"v", 1h}, in_20_s());
    return becomes_true([&] { return ports.heard.heard_of(entry_of(number)); });
  }
  bool hears_that_all_may_have_changed(int before) {
    return becomes_true([&] { return ports.heard.all() > before; });
  }

  OwnRedis redis;
  FaultProxy proxy{redis.url()};
  RedisPorts ports{proxy.url()};
  RedisPorts others{redis.url()};
};

}  // namespace

TEST_CASE("fault 34: calls on connections that the server has closed raise no SIGPIPE") {
  const OwnRedis redis;
  // In a child, so that a signal ends it and not the test program.
  CHECK(
      child_status([&] {
        signal(SIGPIPE, SIG_DFL);
        RedisPorts ports(redis.url());
        for (int i = 0; i < 20; ++i) {
          ports.plain().set("key", "v", 1h, in_20_s());
          if (std::system(("redis-cli -u '" + redis.url() + "' client kill type normal >/dev/null")
                              .c_str()) != 0) {
            return 1;
          }
          // Two writes at once: the first meets the end of the connection, the second an RST.
          try {
            ports.plain().set("key", std::string(std::size_t{4} << 20, 'v'), 1h, in_20_s());
            (void)ports.plain().get("key", in_20_s());
          } catch (const Error& error) {
            if (error.code() != ErrorCode::unavailable) return 2;
          }
        }
        return works_again([&] { (void)ports.plain().get("key", in_20_s()); }) ? 0 : 3;
      }) == 0);
}

TEST_CASE("calls go on while the server ends connections again and again") {
  const OwnRedis redis;
  RedisPorts ports(redis.url());
  std::atomic<bool> stop{false};
  ThreadFailures failures;
  std::atomic<int> reads{0};
  std::vector<std::jthread> callers;
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back([&, i] {
      const auto key = entry_of(i);
      while (!stop) {
        try {
          if (i % 2 == 0) ports.stored().store(key, {std::to_string(i), 1h}, in_20_s());
          const auto found = ports.stored().look_up(key, in_20_s()).stored;
          if (found && found->envelope != std::to_string(i)) failures.add("another's response");
          ++reads;
        } catch (const Error& error) {
          if (error.code() != ErrorCode::unavailable) failures.add(error.what());
        }
      }
    });
  }
  for (int i = 0; i < 15; ++i) {
    redis.cli("client kill type normal");
    std::this_thread::sleep_for(10ms);
  }
  CHECK(works_again([&] { (void)ports.stored().look_up(entry, in_20_s()); }));
  stop = true;
  callers.clear();
  CHECK(failures == 0);
  CHECK(reads > 0);
}

TEST_CASE("fault 35: when the connection that hears of changes is killed, all may have changed") {
  Changes f;
  const int before = f.ports.heard.all();
  f.redis.cli("client kill type pubsub");
  CHECK(f.hears_that_all_may_have_changed(before));
  f.ports.await_valid();
  CHECK(f.hears(1));
}

TEST_CASE("fault 35: connections that carry calls may be killed and changes are heard of") {
  Changes f;
  (void)f.ports.stored().look_up(entry_of(2), in_20_s());
  const int before = f.ports.heard.all();
  f.redis.cli("client kill type normal");
  CHECK(f.hears(2));
  CHECK(f.ports.copies_are_valid());
  CHECK(f.ports.heard.all() == before);
}

TEST_CASE("fault 35: after FLUSHALL all may have changed") {
  Changes f;
  const int before = f.ports.heard.all();
  f.redis.cli("flushall");
  CHECK(f.hears_that_all_may_have_changed(before));
  CHECK(f.hears(3));
}

TEST_CASE("fault 35: without answers to PING copies are not valid, and all may have changed") {
  Changes f;
  const int before = f.ports.heard.all();
  f.proxy.set(Flow::reply, Fault::black_hole());
  CHECK(becomes_true([&] { return !f.ports.copies_are_valid(); }));
  f.others.stored().store(entry_of(4), {"missed", 1h}, in_20_s());
  CHECK(f.hears_that_all_may_have_changed(before));
  CHECK_FALSE(f.ports.copies_are_valid());
  CHECK_FALSE(f.ports.heard.heard_of(entry_of(4)));
  const int cut_off = f.ports.heard.all();
  f.proxy.heal();
  f.ports.await_valid();
  CHECK(f.ports.heard.all() > cut_off);  // before copies became valid
  CHECK(f.hears(5));
}

TEST_CASE("fault 35: PINGs that do not arrive do the same") {
  Changes f;
  const int before = f.ports.heard.all();
  f.proxy.set(Flow::request, Fault::black_hole());
  CHECK(f.hears_that_all_may_have_changed(before));
  CHECK_FALSE(f.ports.copies_are_valid());
  f.proxy.heal();
  f.ports.await_valid();
  CHECK(f.hears(6));
}

TEST_CASE("fault 35: a change is told before a copy that was valid until then is not doubted") {
  // Whoever makes a change waits for the lease; then no process may show what was before.
  Changes f;
  std::vector<int> stale;
  for (int i = 10; i < 40; ++i) {
    if (i == 20) f.redis.cli("client kill type pubsub");
    if (i == 30) f.proxy.set(Flow::reply, Fault::delay(60ms));
    // Before the change: a session that begins after it may be told of before this thread goes on.
    const int all = f.ports.heard.all();
    f.others.stored().store(entry_of(i), {"new", 1h}, in_20_s());
    const auto acknowledged = Deadline::Clock::now();
    std::this_thread::sleep_until(acknowledged + 200ms);  // the lease
    const bool valid = f.ports.copies_are_valid();
    if (valid && !f.ports.heard.heard_of(entry_of(i)) && f.ports.heard.all() == all)
      stale.push_back(i);
  }
  CHECK(stale == std::vector<int>{});
  CHECK(f.hears(50));
}

TEST_CASE("a forked child has no ports, and ends its parent's in no way") {
  const OwnRedis redis;
  RedisPorts ports(redis.url());
  ports.stored().store(entry, {"v", 1h}, in_20_s());
  ports.await_valid();
  CHECK(child_status([&] {
          alarm(20);  // where it hangs, a signal ends it
          if (ports.copies_are_valid()) return 1;
          if (error_of([&] { (void)ports.stored().look_up(entry, in_20_s()); }).code() !=
              ErrorCode::closed) {
            return 2;
          }
          ports.close();
          ports.stores = {};
          return 0;
        }) == 0);
  CHECK(ports.copies_are_valid());
  CHECK(ports.stored().look_up(entry, in_20_s()).stored->envelope == "v");
  const RedisPorts others(redis.url());
  others.stored().store(entry_of(9), {"v", 1h}, in_20_s());
  CHECK(becomes_true([&] { return ports.heard.heard_of(entry_of(9)); }));
}

TEST_CASE("closing does not wait for a server that hangs") {
  const OwnRedis redis;
  RedisPorts ports(redis.url());
  ports.await_valid();
  const StoppedProcess stopped(redis.pid());
  check_ends_within(0ms, [&] { ports.close(); });
  check_ends_within(1000ms, [&] { ports.stores = {}; });
}
