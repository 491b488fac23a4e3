// The erase of a user when a store misbehaves.
#include "write/user_eraser.hpp"

#include "support/errors.hpp"
#include "unit/write/stored_contents.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

using namespace polystore;
using namespace std::chrono_literals;
using test::error_of;
using MetadataFault = test::FaultyMetadata::Fault;
using OutputFault = test::FaultyOutputs::Fault;

namespace {

struct Fixture : test::StoredContents {
  Fixture() : StoredContents(10, "model") {}

  /// The last invalidation of the user's responses; 0 if there is none.
  [[nodiscard]] std::int64_t invalidated(std::int64_t user_id) const {
    const auto changes = metadata->read_epochs(0, 100, Deadline::after(5s));
    for (const auto& scope : changes.scopes) {
      if (scope.scope == Scope::user(user_id).hash()) return scope.epoch;
    }
    return 0;
  }

  write::UserEraser eraser{*metadata, *outputs, 4};
};

}  // namespace

TEST_CASE("a user is erased in batches, each in a commit of its own") {
  Fixture f;
  const auto erased = f.eraser.run(1, Deadline::after(10s));
  CHECK(f.metadata->commits == 3);
  CHECK(erased.contents == 10);
  CHECK(erased.complete);
  CHECK(erased.epoch == 1);
  CHECK(f.invalidated(1) == 1);
  CHECK(f.outputs_left() == 0);
}

TEST_CASE("an unknown user's responses are invalidated, too, by each call") {
  Fixture f;
  auto erased = f.eraser.run(404, Deadline::after(10s));
  CHECK_FALSE(erased.user_found);
  CHECK(erased.complete);
  CHECK(erased.epoch == 1);
  erased = f.eraser.run(404, Deadline::after(10s));
  CHECK(erased.epoch == 2);
  CHECK(f.invalidated(404) == 2);
  CHECK(f.metadata->commits == 2);
}

TEST_CASE("a user's responses are invalidated with the last batch, or not at all") {
  Fixture f;
  f.metadata->fault = MetadataFault::request_lost;
  f.metadata->working = 2;
  const auto erased = f.eraser.run(1, Deadline::after(300ms));
  CHECK(erased.contents == 8);
  CHECK_FALSE(erased.complete);
  CHECK(erased.epoch == 0);
  CHECK(f.invalidated(1) == 0);
  f.metadata->fault = MetadataFault::none;
  CHECK(f.eraser.run(1, Deadline::after(10s)).epoch == 1);
}

TEST_CASE("what is known to be erased is told though the invalidation stays in doubt") {
  Fixture f;
  f.metadata->fault = MetadataFault::answer_lost;
  f.metadata->working = 2;
  const auto erased = f.eraser.run(1, Deadline::after(500ms));
  CHECK(erased.contents == 10);
  CHECK_FALSE(erased.complete);
  CHECK(erased.epoch == 0);
  f.metadata->fault = MetadataFault::none;
  const auto again = f.eraser.run(1, Deadline::after(10s));
  CHECK(again.complete);
  CHECK(again.epoch == f.invalidated(1));
}

TEST_CASE("a user is erased for readers while the output store is down, and relayed") {
  Fixture f;
  f.outputs->fault = OutputFault::down;
  const auto receipt = f.store.erase_user(1);
  CHECK(receipt.complete);
  CHECK(receipt.outputs_pending == 10);
  CHECK(f.store.find({}).items.empty());
  CHECK_FALSE(f.store.get(f.ids[0]));
  f.outputs->fault = OutputFault::none;
  CHECK(f.outputs_left() == 10);
  CHECK(f.store.maintenance().relay().applied == 10);
  CHECK(f.outputs_left() == 0);
}

TEST_CASE("a batch whose answer was lost is counted once") {
  const auto fault = GENERATE(MetadataFault::answer_lost, MetadataFault::request_lost);
  const int lost = GENERATE(1, 2, 3, 4, 5);
  Fixture f;
  f.metadata->fault = fault;
  f.metadata->times = lost;
  const auto erased = f.eraser.run(1, Deadline::after(10s));
  CHECK(erased.user_found);
  CHECK(erased.contents == 10);
  CHECK(erased.complete);
  CHECK(erased.epoch == f.invalidated(1));
  CHECK(erased.epoch > 0);
  CHECK(f.store.find({}).items.empty());
  f.metadata->fault = MetadataFault::none;
  f.store.maintenance().relay();
  CHECK(f.outputs_left() == 0);
}

TEST_CASE("a failure ends the call: with an error when nothing was done, else with what was") {
  Fixture f;
  f.metadata->fault = MetadataFault::refused_for_good;
  CHECK(error_of([&] { (void)f.eraser.run(1, Deadline::after(10s)); }).outcome() ==
        Outcome::not_applied);
  f.metadata->fault = MetadataFault::refused;
  f.metadata->commits = 0;
  CHECK(error_of([&] { (void)f.eraser.run(1, Deadline::after(10s)); }).outcome() ==
        Outcome::not_applied);
  CHECK(f.metadata->commits == 3);

  f.metadata->working = 1;
  const auto erased = f.eraser.run(1, Deadline::after(10s));
  CHECK(erased.user_found);
  CHECK_FALSE(erased.complete);
  CHECK(erased.contents == 4);
  f.metadata->fault = MetadataFault::none;
  CHECK(f.eraser.run(1, Deadline::after(10s)).contents == 6);
}

TEST_CASE("a user's erase that stays in doubt says so by its deadline") {
  Fixture f;
  f.metadata->fault = MetadataFault::request_lost;
  const auto start = Deadline::Clock::now();
  const Error error = error_of([&] { (void)f.eraser.run(1, Deadline::after(200ms)); });
  CHECK(Deadline::Clock::now() - start < 1s);
  CHECK(error.outcome() == Outcome::unknown);
  CHECK(f.store.find({}).items.size() == 10);
}
