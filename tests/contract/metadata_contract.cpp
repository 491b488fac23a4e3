// What every MetadataPort promises about rows and transactions (lib/ports/metadata_port.hpp).
#include "contract/metadata_fixture.hpp"
#include "support/errors.hpp"
#include "support/thread_failures.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

using namespace polystore;
using namespace std::chrono_literals;
using ports::InsertStatus;
using Fixture = test::MetadataPortTest;

TEST_CASE("migrate may be repeated, by several at once on an empty database") {
  const auto setup = test::MetadataFixture::make();
  std::vector<std::jthread> threads;
  test::ThreadFailures failed;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      try {
        const auto port = setup->open();
        port->migrate(Fixture::soon());
        port->migrate(Fixture::soon());
      } catch (const Error& error) {
        failed.add(error.what());
      }
    });
  }
  threads.clear();
  CHECK(failed == 0);
  CHECK(setup->open()->ensure_user(1, "Ada", Fixture::soon()));
}

TEST_CASE("a user is new once and keeps its name's bytes") {
  Fixture f;
  CHECK_FALSE(f.port->ensure_user(1, "Other", Fixture::soon()));
  CHECK(f.port->ensure_user(2, "Größe 要約 🙂", Fixture::soon()));
  CHECK_FALSE(f.port->ensure_user(2, "Größe 要約 🙂", Fixture::soon()));
}

TEST_CASE("a committed row is read back equal, with the extremes of every field") {
  Fixture f;
  auto row = Fixture::row("");
  for (int i = 0; i < 255; ++i) row.metadata.title += "🙂";
  row.metadata.model = "Modell „groß“";
  row.metadata.tags = {"emoji 🙂", "z'\"\\{},NULL"};
  row.metadata.usage = {.prompt_tokens = std::numeric_limits<std::int64_t>::max(),
                        .completion_tokens = 0,
                        .latency = std::chrono::microseconds::max()};
  using namespace std::chrono;
  for (const auto day : {sys_days(year(1) / 1 / 1), sys_days(year(9999) / 12 / 31)}) {
    row.metadata.id = ContentId::generate();
    row.metadata.generated_at = day + 1ms;
    CHECK(f.insert({row}) == std::vector{InsertStatus::inserted});
    const auto found =
        f.port->find({.since = row.metadata.generated_at, .until = row.metadata.generated_at + 1ms},
                     Fixture::soon());
    REQUIRE(found.size() == 1);
    CHECK(found.front() == row.metadata);
    CHECK(f.state(row.metadata.id)->version == 1);
    CHECK_FALSE(f.state(row.metadata.id)->pending);
  }
}

TEST_CASE("a row without tags has none") {
  Fixture f;
  auto row = Fixture::row("bare");
  row.metadata.tags.clear();
  row.title_words.clear();
  f.insert({row});
  CHECK(f.port->find({}, Fixture::soon()).front() == row.metadata);
}

TEST_CASE("nothing is visible before the commit") {
  Fixture f;
  const auto row = Fixture::row("hidden");
  const std::vector<std::byte> body(10);
  const ports::OutboxEntry entry{.id = row.metadata.id, .body = body};
  const auto transaction = f.port->begin(Fixture::soon());
  transaction->start_insert({&row, 1}, Fixture::soon());
  CHECK(transaction->finish_insert(Fixture::soon()) == std::vector{InsertStatus::inserted});
  transaction->enqueue({&entry, 1}, Fixture::soon());
  const auto other = f.setup->open();
  CHECK_FALSE(other->read_states({&row.metadata.id, 1}, Fixture::soon()).front());
  CHECK(other->find({}, Fixture::soon()).empty());
  CHECK(other->outbox_stats(Fixture::soon()).pending == 0);
  transaction->commit(Fixture::soon());
  CHECK(other->read_states({&row.metadata.id, 1}, Fixture::soon()).front());
  CHECK(other->outbox_stats(Fixture::soon()).pending == 1);
}

TEST_CASE("a transaction that is dropped leaves nothing, and its id can be put again") {
  Fixture f;
  const auto row = Fixture::row("dropped");
  {
    const auto transaction = f.port->begin(Fixture::soon());
    transaction->start_insert({&row, 1}, Fixture::soon());
    (void)transaction->finish_insert(Fixture::soon());
  }
  {
    const auto transaction = f.port->begin(Fixture::soon());
    transaction->start_insert({&row, 1}, Fixture::soon());
  }
  CHECK_FALSE(f.state(row.metadata.id));
  CHECK(f.insert({row}) == std::vector{InsertStatus::inserted});
}

TEST_CASE("every kind of bad row is told apart, and its good neighbours are stored") {
  Fixture f;
  const auto known = Fixture::row("known");
  const auto gone = Fixture::row("gone");
  f.insert({known, gone});
  {
    const auto transaction = f.port->begin(Fixture::soon());
    CHECK(transaction->erase({&gone.metadata.id, 1}, Fixture::soon()) == std::vector{true});
    transaction->commit(Fixture::soon());
  }
  auto clash = known;
  clash.hash.fill(9);
  clash.metadata.tags = {"must not appear"};
  auto orphan = Fixture::row("orphan");
  orphan.metadata.user_id = 404;
  const auto first = Fixture::row("first");
  const auto last = Fixture::row("last");
  using enum InsertStatus;
  CHECK(f.insert({first, known, orphan, gone, last}) ==
        std::vector{inserted, duplicate, unknown_user, erased, inserted});
  CHECK(f.insert({clash}) == std::vector{conflict});
  CHECK(f.state(first.metadata.id));
  CHECK(f.state(last.metadata.id));
  CHECK_FALSE(f.state(orphan.metadata.id));
  CHECK_FALSE(f.state(gone.metadata.id));
  CHECK(f.list({.tags = {"must not appear"}}).empty());
  CHECK(f.list({}).size() == 3);
}

TEST_CASE("a second row of one id in a batch is a conflict") {
  Fixture f;
  const auto row = Fixture::row("twice");
  const auto statuses = f.insert({row, Fixture::row("other"), row});
  CHECK(statuses ==
        std::vector{InsertStatus::inserted, InsertStatus::inserted, InsertStatus::conflict});
  CHECK(f.list({}).size() == 2);
}

TEST_CASE("a full batch is stored, in whatever order its ids are") {
  Fixture f;
  std::vector<ports::NewRow> rows;
  for (int i = 0; i < 1000; ++i) {
    rows.push_back(Fixture::row("row"));
    rows.back().metadata.model = "model " + std::to_string(i % 7);
    rows.back().metadata.tags = {"tag " + std::to_string(i % 11)};
  }
  std::reverse(rows.begin(), rows.end());
  const auto statuses = f.insert(rows);
  CHECK(std::ranges::count(statuses, InsertStatus::inserted) == 1000);
  CHECK(f.list({.model = "model 3", .tags = {"tag 3"}, .limit = 1000}).size() == 13);
}

TEST_CASE("an erased row leaves a tombstone, also one that never was") {
  Fixture f;
  const auto row = Fixture::row("here");
  const auto never = Fixture::row("never");
  f.insert({row});
  const std::vector ids{row.metadata.id, never.metadata.id};
  const auto transaction = f.port->begin(Fixture::soon());
  CHECK(transaction->erase(ids, Fixture::soon()) == std::vector{true, false});
  CHECK(f.setup->open()->read_states(ids, Fixture::soon()).front());
  transaction->commit(Fixture::soon());
  CHECK_FALSE(f.state(row.metadata.id));
  CHECK(f.list({}).empty());
  CHECK(f.insert({row, never}) == std::vector{InsertStatus::erased, InsertStatus::erased});
  const auto again = f.port->begin(Fixture::soon());
  CHECK(again->erase(ids, Fixture::soon()) == std::vector{false, false});
  again->commit(Fixture::soon());
}

TEST_CASE("an erase that is rolled back erased nothing") {
  Fixture f;
  const auto row = Fixture::row("kept");
  f.insert({row});
  {
    const auto transaction = f.port->begin(Fixture::soon());
    (void)transaction->erase({&row.metadata.id, 1}, Fixture::soon());
  }
  CHECK(f.state(row.metadata.id));
  CHECK(f.list({}) == std::vector{row.metadata.id});
}

TEST_CASE("states keep the order asked, repeat and say what is absent") {
  Fixture f;
  const auto row = Fixture::row("one");
  f.insert({row});
  const std::vector ids{ContentId::generate(), row.metadata.id, row.metadata.id};
  const auto states = f.port->read_states(ids, Fixture::soon());
  REQUIRE(states.size() == 3);
  CHECK_FALSE(states[0]);
  CHECK(states[1]);
  CHECK(states[2]);
  CHECK(f.port->read_states({}, Fixture::soon()).empty());
}

TEST_CASE("many threads insert rows with the same models and tags") {
  Fixture f;
  std::vector<std::jthread> threads;
  test::ThreadFailures failed;
  for (int t = 0; t < 6; ++t) {
    threads.emplace_back([&f, &failed, t] {
      for (int i = 0; i < 10; ++i) {
        auto row = Fixture::row("shared");
        row.metadata.model = "model " + std::to_string((i + t) % 4);
        row.metadata.tags = {"t" + std::to_string(i % 5), "t" + std::to_string(i % 5 + 5)};
        try {
          if (f.insert({row, Fixture::row("more")}).front() != InsertStatus::inserted) ++failed;
        } catch (const Error& error) {
          failed.add(error.what());
        }
      }
    });
  }
  threads.clear();
  CHECK(failed == 0);
  CHECK(f.list({.limit = 1000}).size() == 120);
}

TEST_CASE("two puts of one id at once: one is stored, the other knows") {
  Fixture f;
  for (int round = 0; round < 10; ++round) {
    const auto row = Fixture::row("race");
    auto other = row;
    other.hash.fill(2);
    std::atomic<int> inserted{0};
    std::atomic<int> conflicts{0};
    const auto put = [&](const ports::NewRow& mine) {
      const auto status = f.insert({mine}).front();
      if (status == InsertStatus::inserted) ++inserted;
      if (status == InsertStatus::conflict) ++conflicts;
    };
    {
      const std::jthread first([&] { put(row); });
      const std::jthread second([&] { put(other); });
    }
    CHECK(inserted == 1);
    CHECK(conflicts == 1);
  }
}

TEST_CASE("every member on an expired deadline ends at once") {
  Fixture f;
  const auto row = Fixture::row("late");
  test::check_ends_at_once([&] {
    (void)f.port->read_states({&row.metadata.id, 1}, Deadline::immediate());
  });
  test::check_ends_at_once([&] { (void)f.port->find({}, Deadline::immediate()); });
  test::check_ends_at_once([&] { f.port->ensure_user(3, "x", Deadline::immediate()); });
  test::check_ends_at_once([&] { (void)f.port->claim_outbox(1, 1s, Deadline::immediate()); });
  test::check_ends_at_once([&] {
    const auto transaction = f.port->begin(Deadline::immediate());
    transaction->start_insert({&row, 1}, Deadline::immediate());
    (void)transaction->finish_insert(Deadline::immediate());
    transaction->commit(Deadline::immediate());
  });
  CHECK(f.list({}).size() <= 1);
}

TEST_CASE("a closed port says so") {
  Fixture f;
  f.port->close();
  f.port->close();
  CHECK(test::error_of([&] { (void)f.list({}); }).code() == ErrorCode::closed);
  CHECK(test::error_of([&] { (void)f.port->begin(Fixture::soon()); }).code() == ErrorCode::closed);
}
