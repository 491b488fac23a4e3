// What an update does when a store misbehaves.
#include "write/updater.hpp"

#include "support/errors.hpp"
#include "support/sqlite_parts.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <array>

using namespace polystore;
using namespace std::chrono_literals;
using test::error_of;
using MetadataFault = test::FaultyMetadata::Fault;
using OutputFault = test::FaultyOutputs::Fault;

namespace {

struct Fixture : test::TwoFileStore {
  Fixture() : id(store.put({.title = "first", .model = "model", .user_id = 1})) {
    metadata->commits = 0;
  }

  [[nodiscard]] std::int64_t stored_version() const {
    const std::array ids{id};
    return outputs->read(ids, Deadline::after(5s)).front()->version;
  }

  ContentId id;
};

}  // namespace

TEST_CASE("an update's read copy is handed over at once") {
  Fixture f;
  f.store.update(f.id, {.title = "second"});
  CHECK(f.stored_version() == 2);
  CHECK(f.store.maintenance().outbox_status().pending == 0);
}

TEST_CASE("an update whose commit fails leaves the old content in both stores") {
  Fixture f;
  f.metadata->fault = MetadataFault::refused_for_good;
  CHECK(error_of([&] { f.store.update(f.id, {.title = "second"}); }).outcome() ==
        Outcome::not_applied);
  CHECK(f.stored_version() == 1);
  CHECK(f.store.get(f.id)->metadata.title == "first");
  CHECK(f.store.maintenance().outbox_status().pending == 0);
}

TEST_CASE("an update while the output store takes no writes is readable at once, and relayed") {
  Fixture f;
  f.outputs->fault = OutputFault::no_writes;
  for (const char* title : {"second", "third"}) f.store.update(f.id, {.title = title});
  CHECK(f.store.get(f.id)->metadata.title == "third");
  CHECK(f.store.maintenance().outbox_status().pending == 1);  // the newest only
  CHECK(f.stored_version() == 1);
  f.outputs->fault = OutputFault::none;
  CHECK(f.store.maintenance().relay().applied == 1);
  CHECK(f.stored_version() == 3);
  CHECK(f.store.get(f.id)->metadata.title == "third");
}

TEST_CASE("an update's read copy that was applied but not acknowledged is stored once") {
  Fixture f;
  f.outputs->fault = OutputFault::applied_not_acked;
  f.store.update(f.id, {.title = "second"});
  f.outputs->fault = OutputFault::none;
  f.store.update(f.id, {.title = "third"});
  f.store.maintenance().relay();
  CHECK(f.stored_version() == 3);
  CHECK(f.store.get(f.id)->metadata.title == "third");
}

TEST_CASE("an older version that is relayed late does not replace a newer one") {
  Fixture f;
  f.outputs->fault = OutputFault::no_writes;
  f.store.update(f.id, {.title = "second"});
  const auto claimed = f.metadata->claim_outbox(1, 60s, Deadline::after(5s));  // a slow relay
  REQUIRE(claimed.size() == 1);
  f.outputs->fault = OutputFault::none;
  f.store.update(f.id, {.title = "third"});
  const std::array late{ports::OutputDocument{f.id, claimed[0].version, claimed[0].body}};
  CHECK(f.outputs->write(late, Deadline::after(5s)).front().status ==
        ports::OutputStatus::superseded);
  CHECK(f.stored_version() == 3);
  CHECK(f.store.get(f.id)->metadata.title == "third");
}

TEST_CASE("an update whose answer was lost is applied once") {
  const auto fault =
      GENERATE(MetadataFault::answer_lost, MetadataFault::request_lost, MetadataFault::refused);
  Fixture f;
  f.metadata->fault = fault;
  f.metadata->times = 2;
  const bool expect = GENERATE(false, true);
  Patch patch{.title = "second"};
  if (expect) patch.expected_version = 1;
  CHECK(f.store.update(f.id, patch).version == 2);
  CHECK(f.metadata->commits == (fault == MetadataFault::answer_lost ? 1 : 3));
  CHECK(f.store.get(f.id)->metadata.title == "second");
  CHECK(f.store.get(f.id)->metadata.version == 2);
  f.metadata->fault = MetadataFault::none;
  f.store.maintenance().relay();
  CHECK(f.stored_version() == 2);
}

TEST_CASE("an update that stays in doubt says so by its deadline") {
  Fixture f;
  f.metadata->fault = MetadataFault::request_lost;
  const auto start = Deadline::Clock::now();
  const Error error =
      error_of([&] { f.store.update(f.id, {.title = "second"}, Deadline::after(200ms)); });
  CHECK(Deadline::Clock::now() - start < 1s);
  CHECK(error.outcome() == Outcome::unknown);
  CHECK(error.retryable());
}

TEST_CASE("an update that is surely refused is tried a few times, then fails definitely") {
  Fixture f;
  f.metadata->fault = MetadataFault::refused;
  const Error error =
      error_of([&] { f.store.update(f.id, {.title = "second"}, Deadline::after(5s)); });
  CHECK(error.outcome() == Outcome::not_applied);
  CHECK(f.metadata->commits == 3);
}

TEST_CASE("an update in doubt that another one followed says that its outcome is unknown") {
  Fixture f;
  f.metadata->fault = MetadataFault::answer_lost;
  f.metadata->times = 1;
  f.metadata->when_lost = [&] { f.store.update(f.id, {.model = "another"}); };
  const Error error = error_of([&] { f.store.update(f.id, {.title = "second"}); });
  CHECK(error.outcome() == Outcome::unknown);
  CHECK(f.store.get(f.id)->metadata.version == 3);
  CHECK(f.store.get(f.id)->metadata.title == "second");
}

TEST_CASE("an update that lost its race is made again from what is there now") {
  Fixture f;
  f.metadata->fault = MetadataFault::request_lost;
  f.metadata->times = 1;
  f.metadata->when_lost = [&] { f.store.update(f.id, {.model = "another"}); };
  CHECK(f.store.update(f.id, {.title = "third"}).version == 3);
  CHECK(f.store.get(f.id)->metadata.model == "another");
  CHECK(f.store.get(f.id)->metadata.title == "third");

  f.metadata->times = 1;
  f.metadata->when_lost = [&] { f.store.update(f.id, {.model = "again"}); };
  const Error error =
      error_of([&] { f.store.update(f.id, {.title = "late", .expected_version = 3}); });
  CHECK(error.code() == ErrorCode::conflict);
  CHECK(error.outcome() == Outcome::not_applied);
  CHECK(f.store.get(f.id)->metadata.model == "again");
}

TEST_CASE("an update in doubt of a content that was erased meanwhile finds none") {
  Fixture f;
  f.metadata->fault = MetadataFault::answer_lost;
  f.metadata->times = 1;
  f.metadata->when_lost = [&] { f.store.erase(f.id); };
  CHECK(error_of([&] { f.store.update(f.id, {.title = "second"}); }).code() ==
        ErrorCode::not_found);
}
