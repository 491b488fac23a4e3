#include "read/lease_keeper.hpp"

#include "adapters/memory/factory.hpp"
#include "support/patience.hpp"

#include <catch2/catch_test_macros.hpp>

#include <memory>
#include <thread>

using namespace polystore;
using namespace std::chrono_literals;
using read::LeaseKeeper;
using test::becomes_true;

namespace {

constexpr auto ttl = 150ms;

struct Silent : ports::ResponseListener {
  void response_changed(const ports::EntryKey& /*key*/) noexcept override {}
  void epoch_changed() noexcept override {}
  void all_changed() noexcept override {}
};

struct Fixture {
  Fixture() { port->start("store", listener); }

  static Deadline soon() { return Deadline::after(10s); }

  [[nodiscard]] bool taken_by(const ports::LeaseToken& token) {
    return port->acquire(key, token, ttl, soon()).acquired;
  }

  Silent listener;
  std::unique_ptr<ports::ResponsePort> port =
      adapters::memory::open_responses(1 << 20, std::make_shared<const ports::Clock>()).responses;
  const ports::EntryKey key{1, 2, 3};
  const ports::LeaseToken ours = read::draw_token();
  const ports::LeaseToken theirs = read::draw_token();
  LeaseKeeper keeper{*port, ttl};
};

}  // namespace

TEST_CASE("a lease outlives its time while it is held, and ends soon after") {
  Fixture f;
  REQUIRE(f.taken_by(f.ours));
  {
    const LeaseKeeper::Hold hold(f.keeper, {f.key, f.ours});
    const auto end = Deadline::after(3 * ttl);
    while (!end.expired()) {
      REQUIRE_FALSE(f.taken_by(f.theirs));
      std::this_thread::sleep_for(10ms);
    }
  }
  CHECK(becomes_true([&] { return f.taken_by(f.theirs); }));
}

TEST_CASE("a lease that was lost is left alone") {
  Fixture f;
  REQUIRE(f.taken_by(f.ours));
  {
    const LeaseKeeper::Hold hold(f.keeper, {f.key, f.ours});
    (void)f.port->remove(f.key, f.soon());
    REQUIRE(f.taken_by(f.theirs));
    std::this_thread::sleep_for(ttl / 2);
  }
  std::this_thread::sleep_for(ttl / 4);
  CHECK_FALSE(f.taken_by(f.ours));
}

TEST_CASE("a published lease is not ended again") {
  Fixture f;
  REQUIRE(f.taken_by(f.ours));
  {
    LeaseKeeper::Hold hold(f.keeper, {f.key, f.ours});
    REQUIRE(f.port->publish(f.key, f.ours, {.envelope = "x", .remaining = 1h}, f.soon()));
    hold.published();
  }
  CHECK(f.taken_by(f.theirs));
  std::this_thread::sleep_for(ttl / 3);
  CHECK_FALSE(f.taken_by(f.ours));
}

TEST_CASE("a keeper that is closed prolongs nothing") {
  Fixture f;
  REQUIRE(f.taken_by(f.ours));
  const LeaseKeeper::Hold hold(f.keeper, {f.key, f.ours});
  f.keeper.close();
  CHECK(becomes_true([&] { return f.taken_by(f.theirs); }));
}
