// What store.maintenance() does about outputs without a row and about dead letters.
#include "store/two_stores.hpp"
#include "support/errors.hpp"
#include "support/faults.hpp"

#include <algorithm>

using namespace polystore;
using namespace std::chrono_literals;
using Fixture = test::MaintenanceTest;
using test::error_of;

namespace {

void check_refuses(Fixture& f, const SweepOptions& options, const std::string& told) {
  const Error error = error_of([&] { (void)f.maintenance.sweep(options); });
  INFO(error.what());
  CHECK(error.code() == ErrorCode::conflict);
  CHECK(error.outcome() == Outcome::not_applied);
  CHECK(std::string(error.what()).find(told) != std::string::npos);
}

}  // namespace

TEST_CASE("a sweep removes old outputs without a row, and nothing else") {
  Fixture f;
  const auto kept = f.store.put(Fixture::draft());
  Draft old = Fixture::draft();
  old.id = Fixture::id_of_age(2h);
  f.store.put(old);
  const auto young = f.write_output(ContentId::generate());
  const auto from_the_future = f.write_output(Fixture::id_of_age(-1h));
  const auto orphan = f.write_output(Fixture::id_of_age(61min));
  const auto other_uuid =
      f.write_output(*ContentId::parse("0190f5d4-0000-4000-8000-00000000000a"));  // version 4
  const auto report = f.maintenance.sweep();
  CHECK(report.scanned == 6);
  CHECK(report.orphans == 2);
  CHECK(report.removed == 2);
  CHECK(report.complete);
  CHECK_FALSE(report.next);
  CHECK_FALSE(f.has_output(orphan));
  CHECK_FALSE(f.has_output(other_uuid));
  for (const auto& id : {kept, *old.id, young, from_the_future}) CHECK(f.has_output(id));
  CHECK(f.maintenance.sweep({.min_age = 0ms}).removed == 2);
  CHECK(f.maintenance.sweep({.min_age = 0ms}).orphans == 0);
  CHECK(f.store.get(kept));
  CHECK(f.store.get(*old.id));
  Draft late = Fixture::draft();
  late.id = orphan;
  CHECK(error_of([&] { f.store.put(late); }).code() == ErrorCode::conflict);
}

TEST_CASE("a dry run counts and removes nothing, whatever the limits") {
  Fixture f;
  f.store.put(Fixture::draft());
  const auto orphans = f.write_orphans(12);
  const auto report = f.maintenance.sweep({.dry_run = true});
  CHECK(report.scanned == 13);
  CHECK(report.orphans == 12);
  CHECK(report.removed == 0);
  CHECK(report.complete);
  CHECK(std::ranges::all_of(orphans, [&](const auto& id) { return f.has_output(id); }));
  Draft draft = Fixture::draft();
  draft.id = orphans.front();
  CHECK(f.store.put(draft) == orphans.front());
}

TEST_CASE("a sweep refuses when more would go than failed puts leave, unless it is allowed") {
  Fixture f;
  f.store.put(Fixture::draft());
  const auto orphans = f.write_orphans(11);
  check_refuses(f, {}, "11 of 12");
  check_refuses(f, {.largest_share = 0.9}, "largest_share");
  CHECK(std::ranges::all_of(orphans, [&](const auto& id) { return f.has_output(id); }));
  CHECK(f.maintenance.sweep({.largest_share = 0.95}).removed == 11);
  (void)f.write_orphans(11);
  CHECK(f.maintenance.sweep({.always_allowed = 11}).removed == 11);
  (void)f.write_orphans(10);
  CHECK(f.maintenance.sweep().removed == 10);
}

TEST_CASE("outputs of erased ids do not count as too many: the metadata know them") {
  Fixture f;
  std::vector<ContentId> erased;
  for (int i = 0; i < 15; ++i) {
    Draft draft = Fixture::draft();
    draft.id = Fixture::id_of_age(2h);
    erased.push_back(f.store.put(draft));
    CHECK(f.store.erase(erased.back()).found);
    f.write_output(erased.back());  // as a write that was given up and came late
  }
  CHECK(f.maintenance.sweep({.always_allowed = 0}).removed == 15);
  for (const auto& id : erased) CHECK_FALSE(f.has_output(id));
}

TEST_CASE(
    "a sweep refuses another metadata store than the outputs belong to, or one without rows") {
  Fixture f;
  f.store.put(Fixture::draft());
  const auto orphan = f.write_orphans(1).front();
  const auto elsewhere = test::TwoStores::make();
  ContentStore wrong = f.open_beside(*elsewhere);
  wrong.ensure_user(1, "Ada");
  wrong.put(Fixture::draft());
  for (const bool dry_run : {false, true}) {
    const Error error =
        error_of([&] { (void)wrong.maintenance().sweep({.min_age = 0ms, .dry_run = dry_run}); });
    CHECK(error.code() == ErrorCode::conflict);
    CHECK(std::string(error.what()).find("belong to") != std::string::npos);
  }
  CHECK(wrong.maintenance().identity().outputs_owner == f.maintenance.identity().metadata_id);
  CHECK(wrong.maintenance().identity().outputs_owner != wrong.maintenance().identity().metadata_id);
  CHECK_FALSE(f.maintenance.identity().standby);
  CHECK(f.has_output(orphan));

  Fixture empty;
  const auto left = empty.write_orphans(1).front();
  check_refuses(empty, {}, "no content at all");
  CHECK(empty.has_output(left));
}

TEST_CASE("a sweep goes on where the one before it stopped") {
  Fixture f;
  f.store.put(Fixture::draft());
  auto orphans = f.write_orphans(4);
  std::ranges::sort(orphans);
  const auto report = f.maintenance.sweep({.after = orphans[1]});
  CHECK(report.scanned == 3);
  CHECK(report.removed == 2);
  CHECK(f.has_output(orphans[1]));
  CHECK_FALSE(f.has_output(orphans[2]));
}

TEST_CASE("a sweep of many pages ends by its deadline and can be gone on with") {
  Fixture f;
  f.store.put(Fixture::draft());
  std::vector<std::vector<std::byte>> copies;
  std::vector<ports::OutputDocument> documents;
  for (int i = 0; i < 5000; ++i) {
    const auto id = Fixture::id_of_age(2h);
    copies.push_back(
        values::encode_read_copy({.id = id, .title = "t", .model = "m", .user_id = 1}, {}));
    documents.push_back({.id = id});
  }
  for (std::size_t i = 0; i < documents.size(); ++i) documents[i].bson = copies[i];
  for (const auto& outcome : f.outputs->write(documents, Fixture::soon())) {
    REQUIRE(outcome.status == ports::OutputStatus::stored);
  }
  SweepOptions options{.largest_share = 1};
  std::uint64_t removed = 0;
  int calls = 0;
  for (bool more = true; more && calls < 5000; ++calls) {
    test::check_ends_within(250ms, [&] {
      try {
        const auto report = f.maintenance.sweep(options, Deadline::after(250ms));
        removed += report.removed;
        options.after = report.next;
        more = !report.complete;
      } catch (const Error& error) {
        CHECK(error.retryable());  // some may be removed
      }
    });
  }
  INFO(calls << " calls, " << removed << " removed");
  CHECK(f.maintenance.sweep({.min_age = 0ms}).scanned == 1);
}

TEST_CASE("bad options of maintenance are refused") {
  Fixture f;
  const auto sweep = [&](const SweepOptions& options) {
    return [&f, options] { (void)f.maintenance.sweep(options); };
  };
  test::check_refused("largest_share", "0 to 1", sweep({.largest_share = 1.5}));
  test::check_refused("largest_share", "0 to 1", sweep({.largest_share = -0.1}));
  test::check_refused("min_age", "0 or more", sweep({.min_age = -1ms}));
  test::check_refused("min_age", "0 or more",
                      [&] { (void)f.maintenance.verify({.min_age = -1ms}); });
  test::check_refused("limit", "1 to 1000", [&] { (void)f.maintenance.dead_letters(0, 0); });
  test::check_refused("items", "1000", [&] {
    (void)f.maintenance.retry_dead_letters(std::vector<std::int64_t>(1001));
  });
}

TEST_CASE("dead letters are listed with their reason, retried and then relayed") {
  Fixture f;
  const auto id = f.store.put(Fixture::draft());
  const auto copy = f.outputs->read({&id, 1}, Fixture::soon()).front()->bson;
  std::vector<std::int64_t> sequences;
  {
    const std::vector entries(3, ports::OutboxEntry{.id = id, .body = copy});
    const auto transaction = f.metadata->begin(Fixture::soon());
    sequences = transaction->enqueue(entries, Fixture::soon());
    transaction->commit(Fixture::soon());
  }
  REQUIRE(f.metadata->claim_outbox(10, 60s, Fixture::soon()).size() == 3);
  for (const auto sequence : sequences) {
    f.metadata->fail_outbox(sequence, std::nullopt, "mongo server/121 invalid", Fixture::soon());
  }
  const auto letters = f.maintenance.dead_letters();
  REQUIRE(letters.size() == 3);
  CHECK(letters[0].sequence == sequences[0]);
  CHECK(letters[0].id == id);
  CHECK(letters[0].version == 1);
  CHECK(letters[0].operation == DeadLetter::Operation::write);
  CHECK(letters[0].attempts == 1);
  CHECK(letters[0].body_bytes == copy.size());
  CHECK(letters[0].reason == "mongo server/121 invalid");
  CHECK(f.maintenance.dead_letters(sequences[0], 1).front().sequence == sequences[1]);
  CHECK(f.maintenance.relay().applied == 0);
  CHECK(f.maintenance.retry_dead_letters({&sequences[1], 1}) == 1);
  CHECK(f.maintenance.relay().applied == 1);
  CHECK(f.maintenance.dead_letters().size() == 2);
  CHECK(f.maintenance.retry_dead_letters() == 2);
  CHECK(f.maintenance.relay().applied == 2);
  CHECK(f.maintenance.dead_letters().empty());
  CHECK(f.store.get(id));
}
