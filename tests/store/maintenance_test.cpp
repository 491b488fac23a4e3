#include "polystore/polystore.hpp"

#include "store/setup.hpp"
#include "support/child.hpp"
#include "support/errors.hpp"
#include "support/thread_failures.hpp"

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <optional>

using namespace polystore;
using namespace std::chrono_literals;
using test::check_refused;
using test::error_of;

namespace {

struct Fixture : test::OpenedStore {
  static Draft draft() { return {.title = "title", .model = "model", .user_id = 1}; }
};

}  // namespace

TEST_CASE("maintenance is started once, with options that make sense") {
  Fixture f;
  check_refused("relay_pause", "1 ms to 24 hours",
                [&] { f.store.start_maintenance({.relay_pause = 0ms}); });
  check_refused("relay_pause", "24 hours",
                [&] { f.store.start_maintenance({.relay_pause = std::chrono::hours(25)}); });
  check_refused("sweep_pause", "0 ms", [&] { f.store.start_maintenance({.sweep_pause = -1ms}); });
  check_refused("step_deadline", "1 ms",
                [&] { f.store.start_maintenance({.step_deadline = 0ms}); });
  f.store.start_maintenance();
  CHECK(error_of([&] { f.store.start_maintenance(); }).code() == ErrorCode::conflict);
  CHECK(f.store.get(f.store.put(Fixture::draft())));
  f.store.close();
  CHECK(error_of([&] { f.store.start_maintenance(); }).code() == ErrorCode::closed);
}

TEST_CASE("stores with maintenance can be moved, replaced, closed and destroyed at any time") {
  Fixture f;
  test::ThreadFailures failures;
  const MaintenanceOptions busy{
      .relay_pause = 1ms, .on_error = [&](const Error& error) { failures.add(error.what()); }};
  for (int round = 0; round < 5; ++round) {
    std::optional<ContentStore> store = ContentStore::open(f.setup->options());
    store->start_maintenance(busy);
    ContentStore moved = std::move(*store);
    CHECK(moved.get(moved.put(Fixture::draft())));
    if (round % 2 == 0) moved.close();
    moved = ContentStore::open(f.setup->options());
    moved.start_maintenance(busy);
  }
  CHECK(failures == 0);
}

TEST_CASE("a forked child of a store with maintenance ends, and its parent's goes on") {
  Fixture f;
  f.store.start_maintenance({.relay_pause = 1ms});
  CHECK(test::child_status([&] {
          try {
            f.store.start_maintenance();
          } catch (const Error& error) {
            if (error.code() != ErrorCode::closed) return 2;
            const ContentStore inherited = std::move(f.store);
            return 0;
          }
          return 1;
        }) == 0);
  CHECK(f.store.get(f.store.put(Fixture::draft())));
}
