// What a rename of a model does when a store misbehaves.
#include "write/model_renamer.hpp"

#include "support/drain_outbox.hpp"
#include "support/errors.hpp"
#include "unit/write/stored_contents.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <string>

using namespace polystore;
using namespace std::chrono_literals;
using test::error_of;
using MetadataFault = test::FaultyMetadata::Fault;
using OutputFault = test::FaultyOutputs::Fault;

namespace {

struct Fixture : test::StoredContents {
  Fixture() : StoredContents(40, "old") {}

  // The version that the output store has of each, where it is the same for all.
  [[nodiscard]] std::int64_t stored_version() const {
    const auto found = stored();
    const std::int64_t version = found.front()->version;
    for (const auto& output : found) CHECK(output->version == version);
    return version;
  }
  [[nodiscard]] std::size_t named(const std::string& model) {
    return store.find({.model = model}).items.size();
  }
};

}  // namespace

TEST_CASE("a rename whose commits' answers are lost is done once, and counted once") {
  Fixture f;
  f.metadata->fault =
      GENERATE(MetadataFault::answer_lost, MetadataFault::request_lost, MetadataFault::refused);
  f.metadata->times = 2;
  const auto receipt = f.store.rename_model("old", "new");
  CHECK(receipt.complete);
  CHECK(receipt.contents_renamed == 40);
  CHECK(f.metadata->commits > 2);
  CHECK(f.named("old") == 0);
  CHECK(f.named("new") == 40);
  for (const auto& id : f.ids) CHECK(f.store.get(id)->metadata.version == 2);
  test::drain_outbox(f.store);
  CHECK(f.stored_version() == 2);
}

TEST_CASE("a rename that is refused after some batches tells what was done, and can go on") {
  Fixture f;
  f.metadata->fault = MetadataFault::refused_for_good;
  CHECK(error_of([&] { f.store.rename_model("old", "new"); }).outcome() == Outcome::not_applied);
  CHECK(f.named("old") == 40);
  f.metadata->working = 1;
  const auto receipt = f.store.rename_model("old", "new");
  CHECK_FALSE(receipt.complete);
  CHECK(receipt.contents_renamed > 0);
  CHECK(receipt.contents_renamed < 40);
  f.metadata->fault = MetadataFault::none;
  CHECK(f.store.rename_model("old", "new").contents_renamed == 40 - receipt.contents_renamed);
  CHECK(f.stored_version() == 2);
}

TEST_CASE("a rename while the output store takes no writes is read at once, and relayed in order") {
  Fixture f;
  f.outputs->fault = OutputFault::no_writes;
  const auto receipt = f.store.rename_model("old", "new");
  CHECK(receipt.complete);
  CHECK(receipt.outputs_pending == 40);
  CHECK(f.store.rename_model("new", "newer").outputs_pending == 40);
  for (const auto& id : f.ids) CHECK(f.store.get(id)->metadata.model == "newer");
  CHECK(f.stored_version() == 1);
  f.outputs->fault = OutputFault::none;
  test::drain_outbox(f.store);
  CHECK(f.stored_version() == 3);
  for (const auto& id : f.ids) CHECK(f.store.get(id)->metadata.model == "newer");
  CHECK(f.store.maintenance().verify().findings.empty());
}

TEST_CASE("a content whose output is lost is passed over by a rename, and told") {
  Fixture f;
  f.outputs->erase({f.ids.data(), 1}, Deadline::after(5s));
  const auto receipt = f.store.rename_model("old", "new");
  CHECK(receipt.contents_renamed == 39);
  CHECK(receipt.contents_skipped == 1);
  CHECK(receipt.complete);
  CHECK(f.named("old") == 1);
}
