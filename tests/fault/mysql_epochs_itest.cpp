// Invalidations when messages to MariaDB and its answers are lost.
#include "adapters/mysql/factory.hpp"
#include "support/errors.hpp"
#include "support/fault_proxy.hpp"
#include "support/faults.hpp"
#include "support/server_stores.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <memory>
#include <string>

using namespace polystore;
using namespace polystore::test;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

struct Fixture {
  Fixture() { port->migrate(Deadline::after(20s)); }

  [[nodiscard]] std::int64_t last() const {
    return port->read_epochs(0, 10, Deadline::after(20s)).epoch;
  }

  ScratchMysql mysql;
  FaultProxy proxy{mysql.url()};
  std::unique_ptr<ports::MetadataPort> port = adapters::mysql::open_metadata(proxy.url());
};

// A message of its own: its length, its number, COM_QUERY.
const std::string commit = "\x07\0\0\0\x03"s + "COMMIT";

}  // namespace

TEST_CASE(
    "an invalidation whose commit's answer is lost is in doubt, and may be repeated (MariaDB)") {
  Fixture f;
  for (const auto& fault : {Fault::black_hole(), Fault::reset()}) {
    const std::int64_t before = f.last();
    const auto armed = f.proxy.arm(
        {.seen_in = Flow::request, .bytes = commit, .flow = Flow::reply, .fault = fault});
    check_ends_within(1s, [&] {
      const Error error =
          error_of([&] { f.port->invalidate_scope(Scope::all(), 0, Deadline::after(1s)); });
      CHECK(error.outcome() == Outcome::unknown);
      CHECK(error.retryable());
    });
    CHECK(f.proxy.passed(armed) == 1);
    // It was recorded all the same; the repeat is another one.
    CHECK(f.port->invalidate_scope(Scope::all(), 0, Deadline::after(20s)) == before + 2);
  }
}

TEST_CASE(
    "an invalidation that is cut off before its commit never was, and holds up no other "
    "(MariaDB)") {
  Fixture f;
  for (const auto& fault : {Fault::black_hole(), Fault::reset()}) {
    const std::int64_t before = f.last();
    const auto armed = f.proxy.arm({.seen_in = Flow::request,
                                    .bytes = "UPDATE polystore_epoch_counter",
                                    .flow = Flow::reply,
                                    .fault = fault});
    check_ends_within(1s, [&] {
      const Error error =
          error_of([&] { f.port->invalidate_scope(Scope::all(), 0, Deadline::after(1s)); });
      CHECK(error.outcome() == Outcome::not_applied);
      CHECK(error.retryable());
    });
    CHECK(f.proxy.passed(armed) == 1);
    // The server ends what it had begun, and its lock on the counter, by itself.
    CHECK(f.port->invalidate_scope(Scope::all(), 0, Deadline::after(20s)) == before + 1);
    f.proxy.heal();
  }
}

TEST_CASE("invalidations are read by the deadline or not at all, and then again (MariaDB)") {
  Fixture f;
  f.port->invalidate_scope(Scope::all(), 0, Deadline::after(20s));
  const auto armed = f.proxy.arm({.seen_in = Flow::request,
                                  .bytes = "polystore_epoch_counter",
                                  .flow = Flow::reply,
                                  .fault = Fault::black_hole()});
  check_ends_within(300ms, [&] {
    const Error error = error_of([&] { (void)f.port->read_epochs(0, 10, Deadline::after(300ms)); });
    CHECK(error.code() == ErrorCode::deadline_exceeded);
    CHECK(error.outcome() == Outcome::not_applied);
  });
  CHECK(f.proxy.passed(armed) == 1);
  CHECK(f.last() == 1);
}
