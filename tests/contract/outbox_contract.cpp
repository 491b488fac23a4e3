// What every MetadataPort promises about its outbox (OutboxPort).
#include "contract/metadata_fixture.hpp"
#include "support/thread_failures.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>
#include <thread>

using namespace polystore;
using namespace std::chrono_literals;
using Fixture = test::MetadataPortTest;

namespace {

std::vector<std::byte> body_of(std::size_t size) { return std::vector(size, std::byte{0xAB}); }

}  // namespace

TEST_CASE("an entry is pending for readers until it is completed") {
  Fixture f;
  const auto row = Fixture::row("pending");
  f.insert({row});
  const auto body = body_of(100);
  const auto sequence = f.enqueue(row.metadata.id, 1, body);
  CHECK(f.state(row.metadata.id)->pending == body);
  CHECK(f.port->outbox_stats(Fixture::soon()).pending == 1);
  CHECK(f.port->outbox_stats(Fixture::soon()).pending_bytes == 100);
  const auto claimed = f.port->claim_outbox(10, 60s, Fixture::soon());
  REQUIRE(claimed.size() == 1);
  CHECK(claimed[0].sequence == sequence);
  CHECK(claimed[0].id == row.metadata.id);
  CHECK(claimed[0].version == 1);
  CHECK(claimed[0].operation == ports::OutboxOperation::write);
  CHECK(claimed[0].body == body);
  CHECK(claimed[0].attempts == 1);
  CHECK(f.state(row.metadata.id)->pending == body);
  const std::vector<std::int64_t> sequences{sequence, f.enqueue(ContentId::generate(), 1, body)};
  CHECK(f.port->complete_outbox({&sequence, 1}, Fixture::soon()) == 1);
  CHECK_FALSE(f.state(row.metadata.id)->pending);
  CHECK(f.port->outbox_stats(Fixture::soon()).pending == 1);
  CHECK(f.port->complete_outbox(sequences, Fixture::soon()) == 1);
  CHECK(f.port->outbox_stats(Fixture::soon()).pending == 0);
  CHECK(f.port->complete_outbox(sequences, Fixture::soon()) == 0);
}

TEST_CASE("entries come oldest first, and a claimed one is nobody else's until its lease ends") {
  Fixture f;
  std::vector<std::int64_t> sequences;
  for (int i = 0; i < 5; ++i) {
    sequences.push_back(f.enqueue(ContentId::generate(), 1, body_of(1)));
  }
  CHECK(std::ranges::is_sorted(sequences));
  const auto first = f.port->claim_outbox(2, 60s, Fixture::soon());
  REQUIRE(first.size() == 2);
  CHECK(first[0].sequence == sequences[0]);
  CHECK(first[1].sequence == sequences[1]);
  const auto other = f.setup->open();
  const auto rest = other->claim_outbox(10, 1ms, Fixture::soon());
  CHECK(rest.size() == 3);
  std::this_thread::sleep_for(20ms);
  const auto again = other->claim_outbox(10, 60s, Fixture::soon());
  REQUIRE(again.size() == 3);
  CHECK(again[0].attempts == 2);
  CHECK(f.port->claim_outbox(10, 60s, Fixture::soon()).empty());
}

TEST_CASE("a failed entry is due after its delay; a dead one never, but it is kept and readable") {
  Fixture f;
  const auto row = Fixture::row("dead");
  f.insert({row});
  const auto body = body_of(3);
  const auto sequence = f.enqueue(row.metadata.id, 1, body);
  const auto claim = [&] { return f.port->claim_outbox(10, 60s, Fixture::soon()); };
  REQUIRE(claim().size() == 1);
  f.port->fail_outbox(sequence, 0ms, "unavailable", Fixture::soon());
  REQUIRE(claim().size() == 1);
  f.port->fail_outbox(sequence, 1h, "unavailable", Fixture::soon());
  CHECK(claim().empty());
  CHECK(f.port->outbox_stats(Fixture::soon()).pending == 1);
  f.port->fail_outbox(sequence, std::nullopt, "internal", Fixture::soon());
  CHECK(claim().empty());
  const auto stats = f.port->outbox_stats(Fixture::soon());
  CHECK(stats.pending == 0);
  CHECK(stats.dead == 1);
  CHECK(f.state(row.metadata.id)->pending == body);
}

TEST_CASE("a transaction sees what it added in the outbox's state") {
  Fixture f;
  f.enqueue(ContentId::generate(), 1, body_of(3));
  const auto transaction = f.port->begin(Fixture::soon());
  const auto body = body_of(4);
  const ports::OutboxEntry entry{.id = ContentId::generate(), .body = body};
  transaction->enqueue({&entry, 1}, Fixture::soon());
  const auto stats = transaction->outbox_stats(Fixture::soon());
  CHECK(stats.pending == 2);
  CHECK(stats.pending_bytes == 7);
  transaction->commit(Fixture::soon());
}

TEST_CASE("an erase takes the id's entries with it, whoever claimed them") {
  Fixture f;
  const auto row = Fixture::row("erased");
  f.insert({row});
  f.enqueue(row.metadata.id, 1, body_of(3));
  const auto claimed = f.port->claim_outbox(10, 60s, Fixture::soon());
  const auto transaction = f.port->begin(Fixture::soon());
  (void)transaction->erase({&row.metadata.id, 1}, Fixture::soon());
  const ports::OutboxEntry entry{.id = row.metadata.id, .operation = ports::OutboxOperation::erase};
  transaction->enqueue({&entry, 1}, Fixture::soon());
  transaction->commit(Fixture::soon());
  const auto left = f.port->claim_outbox(10, 60s, Fixture::soon());
  REQUIRE(left.size() == 1);
  CHECK(left[0].operation == ports::OutboxOperation::erase);
  CHECK(left[0].body.empty());
  f.port->fail_outbox(claimed[0].sequence, 0ms, "too late", Fixture::soon());
  CHECK(f.port->outbox_stats(Fixture::soon()).pending == 1);
}

TEST_CASE("a large body is kept whole") {
  Fixture f;
  const auto row = Fixture::row("large");
  f.insert({row});
  auto body = body_of((std::size_t{16} << 20) - 1);
  body[7] = std::byte{0};
  f.enqueue(row.metadata.id, 1, body);
  CHECK(f.state(row.metadata.id)->pending == body);
  const auto claimed = f.port->claim_outbox(1, 60s, Fixture::soon());
  REQUIRE(claimed.size() == 1);
  CHECK(claimed[0].body == body);
}

TEST_CASE("several claimers at once share the entries, none gets one twice") {
  Fixture f;
  constexpr int count = 60;
  {
    const auto transaction = f.port->begin(Fixture::soon());
    std::vector<ports::OutboxEntry> entries(count);
    const auto body = body_of(5);
    for (auto& entry : entries) entry = {.id = ContentId::generate(), .body = body};
    CHECK(transaction->enqueue(entries, Fixture::soon()).size() == count);
    transaction->commit(Fixture::soon());
  }
  std::mutex mutex;
  std::multiset<std::int64_t> seen;
  test::ThreadFailures failed;
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      try {
        const auto port = f.setup->open();
        for (;;) {
          const auto claimed = port->claim_outbox(7, 60s, Fixture::soon());
          if (claimed.empty()) return;
          const std::lock_guard lock(mutex);
          for (const auto& entry : claimed) seen.insert(entry.sequence);
        }
      } catch (const Error& error) {
        failed.add(error.what());
      }
    });
  }
  threads.clear();
  CHECK(failed == 0);
  CHECK(seen.size() == count);
  CHECK(std::set(seen.begin(), seen.end()).size() == count);
}

TEST_CASE("entries are listed by sequence, page by page, all or the dead ones") {
  Fixture f;
  std::vector<std::int64_t> sequences;
  for (std::size_t i = 0; i < 5; ++i) {
    sequences.push_back(f.enqueue(ContentId::generate(), 3, body_of(i)));
  }
  REQUIRE(f.port->claim_outbox(10, 60s, Fixture::soon()).size() == 5);
  for (const std::size_t dead : {1U, 3U}) {
    f.port->fail_outbox(sequences[dead], std::nullopt, "mongo 1/2 internal", Fixture::soon());
  }
  using ports::OutboxFilter;
  const auto all = f.port->list_outbox(OutboxFilter::all, sequences[0], 3, Fixture::soon());
  REQUIRE(all.size() == 3);
  CHECK(all[0].sequence == sequences[1]);
  CHECK(all[2].sequence == sequences[3]);
  CHECK_FALSE(all[1].dead);
  const auto dead = f.port->list_outbox(OutboxFilter::dead, 0, 10, Fixture::soon());
  REQUIRE(dead.size() == 2);
  CHECK(dead[0].sequence == sequences[1]);
  CHECK(dead[1].sequence == sequences[3]);
  CHECK(dead[1].version == 3);
  CHECK(dead[1].operation == ports::OutboxOperation::write);
  CHECK(dead[1].attempts == 1);
  CHECK(dead[1].body_bytes == 3);
  CHECK(dead[1].reason == "mongo 1/2 internal");
  CHECK(dead[1].age < 10min);
  CHECK(dead[1].dead);
  CHECK(f.port->list_outbox(OutboxFilter::dead, sequences[3], 10, Fixture::soon()).empty());
}

TEST_CASE("dead entries are revived by name or all, and only the dead ones") {
  Fixture f;
  std::vector<std::int64_t> sequences;
  for (int i = 0; i < 4; ++i) {
    sequences.push_back(f.enqueue(ContentId::generate(), 1, body_of(1)));
  }
  REQUIRE(f.port->claim_outbox(10, 60s, Fixture::soon()).size() == 4);
  for (int i = 0; i < 3; ++i) {
    f.port->fail_outbox(sequences.at(static_cast<std::size_t>(i)), std::nullopt, "internal",
                        Fixture::soon());
  }
  const std::vector named{sequences[1], sequences[3], std::int64_t{999'999}};
  CHECK(f.port->revive_outbox(named, Fixture::soon()) == 1);
  const auto claimed = f.port->claim_outbox(10, 60s, Fixture::soon());
  REQUIRE(claimed.size() == 1);
  CHECK(claimed[0].sequence == sequences[1]);
  CHECK(claimed[0].attempts == 1);
  CHECK(f.port->revive_outbox({}, Fixture::soon()) == 2);
  CHECK(f.port->outbox_stats(Fixture::soon()).dead == 0);
  CHECK(f.port->claim_outbox(10, 60s, Fixture::soon()).size() == 2);
  CHECK(f.port->revive_outbox({}, Fixture::soon()) == 0);
}
