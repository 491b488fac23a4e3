// A Redis that is down, stopped, black-holed, full, a replica, or refuses the password: calls get
// typed errors in time, the next ones cost nothing, what still works goes on, and all recovers.
#include "fault/redis_port.hpp"
#include "support/fault_proxy.hpp"
#include "support/faults.hpp"

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <functional>
#include <thread>
#include <vector>

using namespace polystore;
using namespace polystore::test;
using namespace std::chrono_literals;

namespace {

using Call = std::function<void(RedisPorts&, Deadline)>;

void look_up(RedisPorts& ports, Deadline deadline) {
  (void)ports.stored().look_up(entry, deadline);
}
void acquire(RedisPorts& ports, Deadline deadline) {
  (void)ports.stored().acquire(entry, token, 1h, deadline);
}

std::vector<Call> all_calls() {
  return {
      look_up,
      acquire,
      [](auto& p, Deadline d) { (void)p.stored().renew(entry, token, 1h, d); },
      [](auto& p, Deadline d) {
        (void)p.stored().publish(entry, token, {"v", 1h}, d);
      },
      [](auto& p, Deadline d) { p.stored().release(entry, token, d); },
      [](auto& p, Deadline d) {
        p.stored().store(entry, {"v", 1h}, d);
      },
      [](auto& p, Deadline d) { (void)p.stored().remove(entry, d); },
      [](auto& p, Deadline d) { p.stored().advance_epoch(1, d); },
      [](auto& p, Deadline d) {
        (void)p.stored().scan(
            8, [](std::string_view) { return true; }, d);
      },
      [](auto& p, Deadline d) { (void)p.plain().get("key", d); },
      [](auto& p, Deadline d) { p.plain().set("key", "v", 1h, d); },
      [](auto& p, Deadline d) { (void)p.plain().erase("key", d); },
  };
}

void check_in_time(RedisPorts& ports, const Call& call, std::chrono::milliseconds span) {
  check_ends_within(span, [&] {
    try {
      call(ports, Deadline::after(span));
    } catch (const Error& error) {
      INFO(error.what());
      CHECK(
          (error.code() == ErrorCode::deadline_exceeded || error.code() == ErrorCode::unavailable));
      CHECK(error.retryable());
    }
  });
}

// Calls of much patience that must fail at once.
void check_spared(RedisPorts& ports, const Call& call) {
  check_ends_within(0ms, [&] {
    const Error error = error_of([&] { call(ports, in_20_s()); });
    INFO(error.what());
    CHECK(error.code() == ErrorCode::unavailable);
    CHECK(error.retryable());
  });
}

void check_works(RedisPorts& ports) {
  CHECK(works_again([&] { look_up(ports, in_20_s()); }));
  CHECK(works_again([&] { ports.stored().store(entry, {"back", 1h}, in_20_s()); }));
  CHECK(works_again([&] { ports.plain().set("key", "back", 1h, in_20_s()); }));
  CHECK(ports.stored().look_up(entry, in_20_s()).stored->envelope == "back");
  CHECK(ports.plain().get("key", in_20_s()) == "back");
  ports.await_valid();
}

}  // namespace

TEST_CASE(
    "fault 32: a stopped Redis holds no call beyond its deadline, and the next cost nothing") {
  const OwnRedis redis;
  RedisPorts ports(redis.url());
  ports.stored().store(entry, {"v", 1h}, in_20_s());
  {
    const StoppedProcess stopped(redis.pid());
    for (const auto& call : all_calls()) check_in_time(ports, call, 60ms);
    check_in_time(
        ports, [](auto& p, Deadline d) { (void)p.stored().remove(entry, d); }, 300ms);
    for (int i = 0; i < 20; ++i) {
      check_spared(ports, look_up);
      check_spared(ports, acquire);
    }
    CHECK(becomes_true([&] { return !ports.copies_are_valid(); }));
  }
  check_works(ports);
}

TEST_CASE("fault 32: many callers of a stopped Redis all end in time") {
  const OwnRedis redis;
  RedisPorts ports(redis.url());
  ports.stored().store(entry, {"v", 1h}, in_20_s());
  std::atomic<int> late{0};
  {
    const StoppedProcess stopped(redis.pid());
    std::vector<std::jthread> callers;
    for (int i = 0; i < 12; ++i) {
      callers.emplace_back([&, i] {
        for (int k = 0; k < 8; ++k) {
          const auto span = std::chrono::milliseconds(20 + 10 * (i % 5));
          const auto begin = Deadline::Clock::now();
          try {
            (i % 2 == 0 ? look_up : acquire)(ports, Deadline::after(span));
          } catch (const Error&) {
            // which one is the other test's
          }
          if (Deadline::Clock::now() - begin > span + deadline_grace) ++late;
        }
      });
    }
  }
  CHECK(late == 0);
  check_works(ports);
}

TEST_CASE("fault 32: a Redis that crashed is unavailable, and used again when it is back") {
  const OwnRedis redis;
  RedisPorts ports(redis.url());
  ports.stored().store(entry, {"v", 1h}, in_20_s());
  redis.crash();
  CHECK(becomes_true([&] {
    return error_of([&] { look_up(ports, in_20_s()); }).code() == ErrorCode::unavailable;
  }));
  for (const auto& call : all_calls()) {
    const Error error = error_of([&] { call(ports, in_20_s()); });
    CHECK(error.code() == ErrorCode::unavailable);
    CHECK(error.outcome() == Outcome::not_applied);
  }
  CHECK(becomes_true([&] { return !ports.copies_are_valid(); }));
  redis.restart();
  check_works(ports);
}

TEST_CASE("fault 32: a Redis behind a black hole is unavailable, and used again after it") {
  const OwnRedis redis;
  FaultProxy proxy(redis.url());
  RedisPorts ports(proxy.url());
  ports.stored().store(entry, {"v", 1h}, in_20_s());
  proxy.set(Flow::reply, Fault::black_hole());
  check_in_time(ports, look_up, 60ms);
  check_spared(ports, look_up);
  check_spared(ports, acquire);
  CHECK(becomes_true([&] { return !ports.copies_are_valid(); }));
  proxy.heal();
  check_works(ports);
}

TEST_CASE("fault 32: a full Redis refuses writes, and reads and invalidations go on") {
  const OwnRedis redis;
  RedisPorts ports(redis.url());
  ports.stored().store(entry, {"v", 1h}, in_20_s());
  redis.cli("config set maxmemory 1");
  const Error full = error_of([&] { acquire(ports, in_20_s()); });
  CHECK(full.code() == ErrorCode::overloaded);
  CHECK(full.native_code() == "OOM");
  check_spared(ports, acquire);
  check_spared(ports, [](auto& p, Deadline d) { p.stored().store(entry, {"w", 1h}, d); });
  CHECK(ports.stored().look_up(entry, in_20_s()).stored->envelope == "v");
  CHECK(ports.stored().remove(entry, in_20_s()));
  CHECK_FALSE(ports.stored().look_up(entry, in_20_s()).stored);
  const auto set = [&] { ports.plain().set("key", "v", 1h, in_20_s()); };
  for (int i = 0; i < 3; ++i) CHECK(error_of(set).native_code() == "OOM");
  CHECK_FALSE(ports.plain().get("key", in_20_s()));
  ports.await_valid();
  redis.cli("config set maxmemory 0");
  check_works(ports);
}

TEST_CASE("fault 32: a replica refuses writes and goes on reading until it is cut off") {
  const OwnRedis redis;
  RedisPorts ports(redis.url());
  ports.stored().store(entry, {"v", 1h}, in_20_s());
  redis.cli("replicaof 127.0.0.1 1");
  const Error replica = error_of([&] { acquire(ports, in_20_s()); });
  CHECK(replica.code() == ErrorCode::unavailable);
  CHECK(replica.native_code() == "READONLY");
  check_spared(ports, acquire);
  for (int i = 0; i < 3; ++i) {
    CHECK(ports.stored().look_up(entry, in_20_s()).stored->envelope == "v");
    CHECK(error_of([&] { ports.plain().set("key", "v", 1h, in_20_s()); }).native_code() ==
          "READONLY");
  }
  redis.cli("config set replica-serve-stale-data no");
  const Error away = error_of([&] { look_up(ports, in_20_s()); });
  CHECK(away.native_code() == "MASTERDOWN");
  check_spared(ports, look_up);
  redis.cli("replicaof no one");
  check_works(ports);
}

TEST_CASE("fault 32: a Redis that wants a password is told, and used again when it does not") {
  const OwnRedis redis;
  RedisPorts ports(redis.url());
  ports.stored().store(entry, {"v", 1h}, in_20_s());
  redis.cli("config set requirepass s3cr3t");
  redis.cli("-a s3cr3t client kill type normal skipme no");
  CHECK(becomes_true([&] {
    return error_of([&] { look_up(ports, in_20_s()); }).code() == ErrorCode::access_denied;
  }));
  check_ends_within(0ms, [&] {
    const Error error = error_of([&] { (void)ports.plain().get("key", in_20_s()); });
    CHECK(error.code() == ErrorCode::access_denied);
    CHECK(std::string(error.what()).find("s3cr3t") == std::string::npos);
  });
  redis.cli("-a s3cr3t config set requirepass ''");
  check_works(ports);
}
