// What every MetadataPort promises to the sweeper and the verifier (ScanPort).
#include "contract/metadata_fixture.hpp"
#include "support/thread_failures.hpp"

#include <algorithm>
#include <atomic>
#include <deque>
#include <future>
#include <set>
#include <thread>

using namespace polystore;
using namespace std::chrono_literals;
using Fixture = test::MetadataPortTest;
using ports::InsertStatus;

namespace {

bool bury(Fixture& f, const ContentId& id) {
  return f.port->bury_unowned({&id, 1}, Fixture::soon()).at(0);
}

ports::IdFacts facts(Fixture& f, const ContentId& id) {
  return f.port->look_up({&id, 1}, Fixture::soon()).at(0);
}

}  // namespace

TEST_CASE("a metadata store has one identity of its own, whoever migrates it, and a clock") {
  Fixture f;
  const auto identity = f.port->identity(Fixture::soon());
  CHECK(ContentId::parse(identity.store_id));
  CHECK(identity.store_id[14] == '4');
  CHECK_FALSE(identity.standby);
  CHECK(std::chrono::abs(identity.now - std::chrono::system_clock::now()) < 1h);
  const auto other = f.setup->open();
  other->migrate(Fixture::soon());
  CHECK(other->identity(Fixture::soon()).store_id == identity.store_id);
  Fixture g;
  CHECK(g.port->identity(Fixture::soon()).store_id != identity.store_id);
}

TEST_CASE("rows are scanned by id, each once and as they were put") {
  Fixture f;
  std::vector<Metadata> put;
  for (int i = 0; i < 7; ++i) {
    auto row = Fixture::row("title " + std::to_string(i));
    if (i == 3) row.metadata.tags.clear();
    f.insert({row});
    put.push_back(row.metadata);
  }
  std::ranges::sort(put, {}, &Metadata::id);
  CHECK(f.port->count_rows({}, Fixture::soon()) == 7);
  std::vector<Metadata> scanned;
  for (ContentId after;;) {
    const auto page = f.port->scan_rows(after, 3, Fixture::soon());
    CHECK(page.size() <= 3);
    if (page.empty()) break;
    scanned.insert(scanned.end(), page.begin(), page.end());
    after = page.back().id;
  }
  CHECK(scanned == put);
}

TEST_CASE("rows are read by their ids, as they were put; an id without a row is left out") {
  Fixture f;
  std::vector<Metadata> put;
  std::vector<ContentId> ids{ContentId::generate()};
  for (int i = 0; i < 5; ++i) {
    auto row = Fixture::row("title " + std::to_string(i));
    if (i == 3) row.metadata.tags.clear();
    if (i == 2) row.metadata.tenant = Tenant::named("Acme");
    f.insert({row});
    put.push_back(row.metadata);
    ids.push_back(row.metadata.id);
  }
  REQUIRE(f.erase(ids.back()));
  put.pop_back();
  std::ranges::sort(put, {}, &Metadata::id);
  auto read = f.port->read_rows(ids, Fixture::soon());
  std::ranges::sort(read, {}, &Metadata::id);
  CHECK(read == put);
  CHECK(f.port->read_rows({&ids[2], 1}, Fixture::soon()).size() == 1);
  CHECK(f.port->read_rows({}, Fixture::soon()).empty());
}

TEST_CASE("an id without a row is buried and can never get one; an id with a row is left alone") {
  Fixture f;
  const auto put = Fixture::row("put");
  const auto late = Fixture::row("late");
  f.insert({put});
  const std::vector ids{late.metadata.id, put.metadata.id, late.metadata.id};
  CHECK(f.port->bury_unowned(ids, Fixture::soon()) == std::vector{true, false, true});
  CHECK(f.insert({late}) == std::vector{InsertStatus::erased});
  CHECK(f.state(put.metadata.id));
  CHECK(bury(f, late.metadata.id));
  CHECK(f.port->scan_tombstones({}, 10, Fixture::soon()) == std::vector{late.metadata.id});
  CHECK(f.port->bury_unowned({}, Fixture::soon()).empty());
}

TEST_CASE("tombstones are scanned by id, each once") {
  Fixture f;
  std::set<ContentId> erased;
  for (int i = 0; i < 5; ++i) {
    const auto id = ContentId::generate();
    f.erase(id);
    erased.insert(id);
  }
  std::vector<ContentId> scanned;
  for (ContentId after;;) {
    const auto page = f.port->scan_tombstones(after, 2, Fixture::soon());
    if (page.empty()) break;
    scanned.insert(scanned.end(), page.begin(), page.end());
    after = page.back();
  }
  CHECK(std::ranges::equal(scanned, erased));
}

TEST_CASE("the facts of an id say what row, tombstone and outbox hold") {
  Fixture f;
  const auto row = Fixture::row("row");
  const auto gone = Fixture::row("gone");
  const auto id = row.metadata.id;
  f.insert({row, gone});
  CHECK(facts(f, id).version == 1);
  CHECK_FALSE(facts(f, id).buried);
  CHECK_FALSE(facts(f, id).write_queued);
  f.enqueue(id, 2, {});
  CHECK_FALSE(facts(f, id).write_queued);  // of another version
  f.enqueue(id, 1, {});
  CHECK(facts(f, id).write_queued);
  f.erase(gone.metadata.id);
  CHECK_FALSE(facts(f, gone.metadata.id).version);
  CHECK(facts(f, gone.metadata.id).buried);
  CHECK_FALSE(facts(f, gone.metadata.id).erase_queued);
  {
    const ports::OutboxEntry entry{.id = gone.metadata.id,
                                   .operation = ports::OutboxOperation::erase};
    const auto transaction = f.port->begin(Fixture::soon());
    transaction->enqueue({&entry, 1}, Fixture::soon());
    transaction->commit(Fixture::soon());
  }
  CHECK(facts(f, gone.metadata.id).erase_queued);
  const auto stray = ContentId::generate();
  f.enqueue(stray, 5, {});
  const std::vector ids{stray, ContentId::generate(), id};
  const auto found = f.port->look_up(ids, Fixture::soon());
  REQUIRE(found.size() == 3);
  CHECK(found[0].write_queued);
  CHECK_FALSE(found[0].version);
  CHECK_FALSE((found[1].version || found[1].buried || found[1].write_queued));
  CHECK(found[2].version == 1);
}

TEST_CASE("burying waits for a put of the same id that is under way, and then leaves it alone") {
  Fixture f;
  const auto row = Fixture::row("under way");
  auto transaction = f.port->begin(Fixture::soon());
  transaction->start_insert({&row, 1}, Fixture::soon());
  CHECK(transaction->finish_insert(Fixture::soon()) == std::vector{InsertStatus::inserted});
  auto burying = std::async(std::launch::async, [&]() -> bool {
    const auto port = f.setup->open();
    return port->bury_unowned({&row.metadata.id, 1}, Fixture::soon()).at(0);
  });
  CHECK(burying.wait_for(200ms) == std::future_status::timeout);
  transaction->commit(Fixture::soon());
  transaction.reset();
  CHECK_FALSE(burying.get());
  CHECK(f.state(row.metadata.id));
  CHECK_FALSE(facts(f, row.metadata.id).buried);
}

TEST_CASE("burying and putting the same ids at once: each id is put or buried, never both") {
  Fixture f;
  constexpr std::size_t count = 200;
  std::vector<ports::NewRow> rows;
  std::vector<ContentId> ids;
  for (std::size_t i = 0; i < count; ++i) {
    rows.push_back(Fixture::row("race"));
    ids.push_back(rows.back().metadata.id);
  }
  std::vector<InsertStatus> put(count);
  std::deque<bool> buried(count);
  std::atomic<bool> go{false};
  test::ThreadFailures failed;
  const auto run = [&](auto each) {
    try {
      const auto port = f.setup->open();
      go.wait(false);
      for (std::size_t i = 0; i < count; ++i) each(*port, i);
    } catch (const Error& error) {
      failed.add(error.what());
    }
  };
  {
    const std::jthread putting([&] {
      run([&](ports::MetadataPort& port, std::size_t i) {
        const auto transaction = port.begin(Fixture::soon());
        transaction->start_insert({&rows[i], 1}, Fixture::soon());
        put[i] = transaction->finish_insert(Fixture::soon()).at(0);
        transaction->commit(Fixture::soon());
      });
    });
    const std::jthread burying([&] {
      run([&](ports::MetadataPort& port, std::size_t i) {
        buried[i] = port.bury_unowned({&ids[i], 1}, Fixture::soon()).at(0);
      });
    });
    go = true;
    go.notify_all();
  }
  CHECK(failed == 0);
  for (std::size_t i = 0; i < count; ++i) {
    const auto found = facts(f, ids[i]);
    CHECK(found.version.has_value() == (put[i] == InsertStatus::inserted));
    CHECK(found.buried == buried[i]);
    CHECK(found.version.has_value() != found.buried);
  }
}
