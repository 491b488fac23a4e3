// The erase of rows by a filter when a store misbehaves.
#include "write/row_eraser.hpp"

#include "support/errors.hpp"
#include "unit/write/stored_contents.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <cstddef>

using namespace polystore;
using namespace std::chrono_literals;
using test::error_of;
using MetadataFault = test::FaultyMetadata::Fault;
using OutputFault = test::FaultyOutputs::Fault;

namespace {

struct Fixture : test::StoredContents {
  Fixture() : StoredContents(10, "old") {
    kept = store.put({.title = "title", .model = "new", .user_id = 1});
    metadata->commits = 0;
  }

  write::RowsErased run(std::chrono::milliseconds span = 10s) const {
    return eraser.run({.model = "old"}, Deadline::after(span));
  }
  std::size_t rows() { return store.find({}).items.size(); }

  ContentId kept;
  mutable write::RowEraser eraser{*metadata, *outputs, 4};
};

}  // namespace

TEST_CASE("rows are erased by a filter in batches, each in a commit of its own") {
  Fixture f;
  const auto erased = f.run();
  CHECK(f.metadata->commits == 3);
  CHECK(erased.contents == 10);
  CHECK(erased.outputs_pending == 0);
  CHECK(erased.complete);
  CHECK(f.outputs_left() == 0);
  CHECK(f.store.get(f.kept));
  CHECK(f.run().complete);
  CHECK(f.metadata->commits == 3);
}

TEST_CASE("rows are erased for readers while the output store is down, and relayed") {
  Fixture f;
  f.outputs->fault = OutputFault::down;
  const auto erased = f.run();
  CHECK(erased.complete);
  CHECK(erased.contents == 10);
  CHECK(erased.outputs_pending == 10);
  CHECK(f.rows() == 1);
  f.outputs->fault = OutputFault::none;
  CHECK(f.outputs_left() == 10);
  CHECK(f.store.maintenance().relay().applied == 10);
  CHECK(f.outputs_left() == 0);
}

TEST_CASE("a batch of an erase by filter whose answer was lost is counted once") {
  const auto fault = GENERATE(MetadataFault::answer_lost, MetadataFault::request_lost);
  const int lost = GENERATE(1, 2, 3, 4, 5);
  Fixture f;
  f.metadata->fault = fault;
  f.metadata->times = lost;
  const auto erased = f.run();
  CHECK(erased.contents == 10);
  CHECK(erased.complete);
  CHECK(f.rows() == 1);
}

TEST_CASE("what was erased by a filter before a failure stays so, and the next call goes on") {
  Fixture f;
  f.metadata->fault = MetadataFault::refused_for_good;
  f.metadata->working = 1;
  auto erased = f.run();
  CHECK(erased.contents == 4);
  CHECK_FALSE(erased.complete);
  CHECK(f.rows() == 7);
  CHECK(error_of([&] { (void)f.run(); }).code() == ErrorCode::unavailable);
  f.metadata->fault = MetadataFault::none;
  erased = f.run();
  CHECK(erased.contents == 6);
  CHECK(erased.complete);
  CHECK(f.outputs_left() == 0);
}
