// Invalidations when the answers of PostgreSQL are lost.
#include "adapters/postgres/factory.hpp"
#include "support/errors.hpp"
#include "support/fault_proxy.hpp"
#include "support/faults.hpp"
#include "support/server_stores.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <memory>

using namespace polystore;
using namespace polystore::test;
using namespace std::chrono_literals;

namespace {

struct Fixture {
  Fixture() { port->migrate(Deadline::after(20s)); }

  ScratchPostgres postgres;
  FaultProxy proxy{postgres.url()};
  std::unique_ptr<ports::MetadataPort> port = adapters::postgres::open_metadata(proxy.url());
};

}  // namespace

TEST_CASE("an invalidation whose answer is lost is in doubt, and may be repeated") {
  Fixture f;
  for (const auto& fault : {Fault::black_hole(), Fault::reset()}) {
    const std::int64_t before = f.port->read_epochs(0, 10, Deadline::after(20s)).epoch;
    const auto armed = f.proxy.arm({.seen_in = Flow::request,
                                    .bytes = "UPDATE polystore_epoch_counter",
                                    .flow = Flow::reply,
                                    .fault = fault});
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

TEST_CASE("invalidations are read by the deadline or not at all, and then again") {
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
  CHECK(f.port->read_epochs(0, 10, Deadline::after(20s)).epoch == 1);
}
