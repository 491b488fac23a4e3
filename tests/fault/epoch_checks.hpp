#pragma once

#include "ports/metadata_port.hpp"
#include "support/errors.hpp"
#include "support/fault_proxy.hpp"
#include "support/faults.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

/// Invalidations when messages and answers are lost, on each server of metadata.
namespace polystore::test {

/// Metadata of its own behind a proxy. Database as in sql_store.hpp.
template <class Database>
struct EpochStore : Database {
  EpochStore() { port->migrate(soon()); }

  static Deadline soon() { return Deadline::after(std::chrono::seconds(20)); }

  [[nodiscard]] std::int64_t last() const { return port->read_epochs(0, 10, soon()).epoch; }

  /// Invalidates all while the bytes, seen in a request, do a fault to its answer: the error.
  Error invalidate_under(const std::string& bytes, const Fault& fault) {
    const auto armed =
        proxy.arm({.seen_in = Flow::request, .bytes = bytes, .flow = Flow::reply, .fault = fault});
    const std::chrono::seconds span(1);
    Error error({});
    check_ends_within(span, [&] {
      error = error_of([&] { port->invalidate_scope(Scope::all(), 0, Deadline::after(span)); });
    });
    CHECK(proxy.passed(armed) == 1);
    return error;
  }

  FaultProxy proxy{this->database().url()};
  std::unique_ptr<ports::MetadataPort> port = Database::open_metadata(proxy.url());
};

/// `recorded`: bytes of a request that has recorded the invalidation when it is answered.
template <class Database>
void check_lost_invalidation_is_in_doubt(const std::string& recorded) {
  EpochStore<Database> f;
  for (const auto& fault : {Fault::black_hole(), Fault::reset()}) {
    const std::int64_t before = f.last();
    const Error error = f.invalidate_under(recorded, fault);
    CHECK(error.outcome() == Outcome::unknown);
    CHECK(error.retryable());
    // It was recorded all the same; the repeat is another one.
    CHECK(f.port->invalidate_scope(Scope::all(), 0, f.soon()) == before + 2);
  }
}

template <class Database>
void check_invalidations_are_read_by_the_deadline() {
  EpochStore<Database> f;
  f.port->invalidate_scope(Scope::all(), 0, f.soon());
  const auto armed = f.proxy.arm({.seen_in = Flow::request,
                                  .bytes = "polystore_epoch_counter",
                                  .flow = Flow::reply,
                                  .fault = Fault::black_hole()});
  const std::chrono::milliseconds span(300);
  check_ends_within(span, [&] {
    const Error error = error_of([&] { (void)f.port->read_epochs(0, 10, Deadline::after(span)); });
    CHECK(error.code() == ErrorCode::deadline_exceeded);
    CHECK(error.outcome() == Outcome::not_applied);
  });
  CHECK(f.proxy.passed(armed) == 1);
  CHECK(f.last() == 1);
}

}  // namespace polystore::test
