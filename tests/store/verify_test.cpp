// What store.maintenance().verify() finds, reports and repairs.
#include "store/two_stores.hpp"
#include "support/errors.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

using namespace polystore;
using namespace std::chrono_literals;
using Fixture = test::MaintenanceTest;

namespace {

std::uint64_t found(const VerifyReport& report) {
  std::uint64_t sum = 0;
  for (const auto count : report.counts) sum += count;
  return sum;
}

struct Expected {
  Violation violation;
  std::string invariant;
  bool repaired = false;
};

// Verifies, then repairs, then verifies again.
void check_found(Fixture& f, const ContentId& id, const Expected& expected) {
  for (const bool repair : {false, true}) {
    const auto report = f.maintenance.verify({.repair = repair});
    CHECK(report.complete);
    CHECK(report.count(expected.violation) == 1);
    CHECK(found(report) == 1);
    REQUIRE(report.findings.size() == 1);
    const Finding& finding = report.findings.front();
    CHECK(finding.violation == expected.violation);
    CHECK(finding.invariant() == expected.invariant);
    CHECK(finding.id == id);
    CHECK(finding.repaired == (repair && expected.repaired));
    INFO(finding.text);
    CHECK(finding.text.size() > 20);
    CHECK(finding.text.find("title") == std::string::npos);
  }
  CHECK(found(f.maintenance.verify()) == (expected.repaired ? 0U : 1U));
}

}  // namespace

TEST_CASE("a healthy store has nothing to find") {
  Fixture f;
  std::vector<ContentId> ids;
  for (int i = 0; i < 20; ++i) ids.push_back(f.store.put(Fixture::draft()));
  for (int i = 0; i < 5; ++i) f.store.erase(ids[static_cast<std::size_t>(i)]);
  (void)f.write_output(ContentId::generate());  // of a put under way
  std::vector<std::pair<std::uint64_t, std::uint64_t>> told;
  const auto report =
      f.maintenance.verify({.progress = [&](std::uint64_t done, std::uint64_t total) {
        told.emplace_back(done, total);
      }});
  CHECK(report.complete);
  CHECK(found(report) == 0);
  CHECK(report.findings.empty());
  CHECK(report.rows == 15);
  CHECK(report.outputs == 16);
  CHECK(report.tombstones == 5);
  CHECK(report.outbox_entries == 0);
  REQUIRE(told.size() >= 2);
  CHECK(told.front() == std::pair<std::uint64_t, std::uint64_t>(0, 31));
  CHECK(told.back() == std::pair<std::uint64_t, std::uint64_t>(31, 31));
}

TEST_CASE("a row whose output is nowhere breaks I1, and only a backup helps") {
  Fixture f;
  f.store.put(Fixture::draft());
  const auto id = f.store.put(Fixture::draft());
  f.outputs->erase({&id, 1}, Fixture::soon());
  check_found(f, id, {Violation::output_missing, "I1"});
}

TEST_CASE("a damaged output breaks I1, and only a backup helps") {
  Fixture f;
  const auto id = f.store.put(Fixture::draft());
  const auto other = values::encode_read_copy(
      {.id = id, .title = "title", .model = "model", .user_id = 1}, Fixture::draft().output);
  // Well-formed BSON that lacks a field: "modelUsed" is called otherwise.
  auto damaged = other;
  const std::string name = "modelUsed";
  const auto at = std::ranges::search(damaged, std::as_bytes(std::span(name)));
  REQUIRE_FALSE(at.empty());
  at.front() = std::byte{'x'};
  f.write_bytes(id, 1, damaged);
  check_found(f, id, {Violation::output_damaged, "I1"});
}

TEST_CASE("an output of another version than its row breaks I3") {
  Fixture f;
  const auto id = f.store.put(Fixture::draft());
  SECTION("newer") {
    f.write_output(id, 4);
    check_found(f, id, {Violation::output_ahead, "I3"});
  }
  SECTION("older") {
    f.outputs->erase({&id, 1}, Fixture::soon());
    ports::NewRow row{.metadata = {.id = ContentId::generate(),
                                   .version = 3,
                                   .title = "title",
                                   .model = "model",
                                   .user_id = 1}};
    const auto transaction = f.metadata->begin(Fixture::soon());
    transaction->erase({&id, 1}, Fixture::soon());
    transaction->start_insert({&row, 1}, Fixture::soon());
    (void)transaction->finish_insert(Fixture::soon());
    transaction->commit(Fixture::soon());
    f.write_output(row.metadata.id, 2);
    check_found(f, row.metadata.id, {Violation::output_outdated, "I3"});
  }
}

TEST_CASE("a read copy with other metadata than the row breaks I3, and is written anew") {
  Fixture f;
  const auto id = f.store.put(Fixture::draft());
  const auto before = f.store.get(id)->metadata;
  f.write_output(id, 1, "another title");
  check_found(f, id, {Violation::copy_differs, "I3", true});
  const auto after = f.store.get(id);
  CHECK(after->metadata == before);
  CHECK(after->output.get_string("text") == "stray");
}

TEST_CASE("an output without a row breaks I4, and is swept") {
  Fixture f;
  f.store.put(Fixture::draft());
  const auto id = f.write_orphans(1).front();
  check_found(f, id, {Violation::orphan_output, "I4", true});
  CHECK_FALSE(f.has_output(id));
}

TEST_CASE("an erased output that the outbox will remove is no orphan") {
  Fixture f;
  const auto id = f.write_orphans(1).front();
  const ports::OutboxEntry entry{.id = id, .operation = ports::OutboxOperation::erase};
  const auto transaction = f.metadata->begin(Fixture::soon());
  transaction->enqueue({&entry, 1}, Fixture::soon());
  transaction->commit(Fixture::soon());
  const auto report = f.maintenance.verify();
  CHECK(found(report) == 0);
  CHECK(report.outbox_entries == 1);
}

TEST_CASE("many orphans, more than are looked at together, are all noted as repaired") {
  Fixture f;
  const auto orphans = f.write_orphans(70);
  f.metadata->bury_unowned(orphans, Fixture::soon());  // a sweep removes any number of these
  const auto report = f.maintenance.verify({.repair = true});
  REQUIRE(report.findings.size() == orphans.size());
  CHECK(std::ranges::all_of(report.findings, &Finding::repaired));
  CHECK(std::ranges::none_of(orphans, [&](const auto& id) { return f.has_output(id); }));
}

TEST_CASE("more orphans than a sweep removes are counted, and the finding says why they stay") {
  Fixture f;
  f.store.put(Fixture::draft());
  const auto orphans = f.write_orphans(12);
  const auto report = f.maintenance.verify({.repair = true, .most_findings = 3});
  CHECK(report.count(Violation::orphan_output) == 12);
  REQUIRE(report.findings.size() == 3);
  for (const auto& finding : report.findings) {
    CHECK_FALSE(finding.repaired);
    CHECK(finding.text.find("12 of 13") != std::string::npos);
  }
  CHECK(std::ranges::all_of(orphans, [&](const auto& id) { return f.has_output(id); }));
}

TEST_CASE("a dead outbox entry breaks I4, and is retried") {
  Fixture f;
  const auto [id, sequence] = f.put_queued();
  f.metadata->fail_outbox(sequence, std::nullopt, "internal", Fixture::soon());
  check_found(f, id, {Violation::dead_entry, "I4", true});
  CHECK(f.has_output(id));
}

TEST_CASE("a queued output of an id without a row breaks I5, and is dropped") {
  Fixture f;
  const auto id = ContentId::generate();
  SECTION("never put") { f.enqueue(id); }
  SECTION("erased") {
    f.store.erase(id);
    f.enqueue(id);
  }
  check_found(f, id, {Violation::entry_of_erased, "I5", true});
  CHECK(f.maintenance.outbox_status().pending == 0);
  CHECK_FALSE(f.has_output(id));
}

TEST_CASE("a row of an erased id breaks I5, and erasing it again mends it") {
  Fixture f;
  const auto id = f.store.put(Fixture::draft());
  f.setup->bury_row(id);
  check_found(f, id, {Violation::row_of_erased, "I5"});
  CHECK(f.store.erase(id).found);
  CHECK(found(f.maintenance.verify()) == 0);
}

TEST_CASE("what is queued for a row is no violation, and repair relays it") {
  Fixture f;
  const auto id = f.put_queued().first;
  CHECK(found(f.maintenance.verify()) == 0);
  CHECK_FALSE(f.has_output(id));
  CHECK(found(f.maintenance.verify({.repair = true})) == 0);
  CHECK(f.has_output(id));
}

TEST_CASE("many violations at once are all found and counted, far beyond a page") {
  Fixture f;
  std::vector<Draft> drafts(700, Fixture::draft());
  std::vector<ContentId> ids;
  for (int batch = 0; batch < 3; ++batch) {
    for (const auto& item : f.store.put_many(drafts)) ids.push_back(item.value.value());
  }
  f.outputs->erase(std::span(ids).first(1200), Fixture::soon());
  const auto report = f.maintenance.verify();
  CHECK(report.complete);
  CHECK(report.rows == 2100);
  CHECK(report.outputs == 900);
  CHECK(report.count(Violation::output_missing) == 1200);
  CHECK(report.findings.size() == 1000);
}

TEST_CASE("verify refuses outputs of another metadata store") {
  Fixture f;
  const auto elsewhere = test::TwoStores::make();
  ContentStore wrong = f.open_beside(*elsewhere);
  CHECK(test::error_of([&] { (void)wrong.maintenance().verify(); }).code() == ErrorCode::conflict);
}

TEST_CASE("live puts and erases give no false finding") {
  Fixture f;
  std::atomic<bool> stop{false};
  std::atomic<int> failed{0};
  std::vector<std::jthread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      std::vector<ContentId> ids;
      while (!stop) {
        try {
          ids.push_back(f.store.put(Fixture::draft()));
          if (ids.size() % 3 == 0) f.store.erase(ids[ids.size() / 2]);
        } catch (const Error& error) {
          ++failed;
        }
      }
    });
  }
  std::uint64_t rows = 0;
  for (const auto end = Deadline::after(2s); !end.expired();) {
    const auto report = f.maintenance.verify();
    CHECK(found(report) == 0);
    for (const auto& finding : report.findings) UNSCOPED_INFO(to_string(finding.violation));
    rows = report.rows;
  }
  stop = true;
  threads.clear();
  CHECK(failed == 0);
  CHECK(rows > 10);
}
