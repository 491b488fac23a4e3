// What every MetadataPort promises about the erase of rows by a filter, and what goes with it.
#include "contract/metadata_fixture.hpp"
#include "support/thread_failures.hpp"

#include <algorithm>
#include <chrono>
#include <future>
#include <set>
#include <thread>

using namespace polystore;
using namespace std::chrono_literals;
using ports::InsertStatus;
using ports::UpdateStatus;
using Fixture = test::MetadataPortTest;
using Ids = std::vector<ContentId>;

namespace {

const Tenant acme = Tenant::named("acme");

Timestamp at(int milliseconds) { return Timestamp(std::chrono::milliseconds(milliseconds)); }

struct RetentionFixture : Fixture {
  struct Kind {
    int made_at = 0;
    Tenant tenant = Tenant::shared();
    std::string model = "model";
  };

  static ports::NewRow row_of(const Kind& kind) {
    auto row = Fixture::row("row");
    row.metadata.generated_at = at(kind.made_at);
    row.metadata.tenant = kind.tenant;
    row.metadata.model = kind.model;
    return row;
  }
  ContentId add(const Kind& kind) const {
    const auto row = row_of(kind);
    insert({row});
    return row.metadata.id;
  }
  ports::ErasedRows erase_matching(const ports::RowFilter& filter, std::size_t limit) const {
    const auto transaction = port->begin(soon());
    auto erased = transaction->erase_matching(filter, limit, soon());
    transaction->commit(soon());
    std::ranges::sort(erased.ids);
    return erased;
  }
  Ids erased_by(const ports::RowFilter& filter) const { return erase_matching(filter, 100).ids; }
};

Ids sorted(Ids ids) {
  std::ranges::sort(ids);
  return ids;
}

}  // namespace

TEST_CASE("rows are erased by a filter, oldest first, and no others") {
  RetentionFixture f;
  Ids ids;
  for (int i = 0; i < 5; ++i) ids.push_back(f.add({.made_at = i}));
  const auto young = f.add({.made_at = 9});
  const ports::RowFilter filter{.until = at(9)};
  CHECK(f.port->count_rows(filter, Fixture::soon()) == 5);
  auto erased = f.erase_matching(filter, 2);
  CHECK(erased.ids == sorted({ids[0], ids[1]}));
  CHECK(erased.more);
  erased = f.erase_matching(filter, 3);
  CHECK(erased.ids == sorted({ids[2], ids[3], ids[4]}));
  CHECK_FALSE(erased.more);
  erased = f.erase_matching(filter, 3);
  CHECK(erased.ids.empty());
  CHECK_FALSE(erased.more);
  CHECK(f.list({}) == Ids{young});
  CHECK(f.port->scan_tombstones({}, 10, Fixture::soon()) == sorted(ids));
}

TEST_CASE("each filter of an erase passes what it names and nothing else") {
  RetentionFixture f;
  const auto a = f.add({.made_at = 1, .tenant = acme, .model = "small"});
  const auto b = f.add({.made_at = 2, .tenant = Tenant::named("Acme"), .model = "small"});
  const auto c = f.add({.made_at = 3, .model = "small"});
  const auto d = f.add({.made_at = 4, .tenant = acme, .model = "large"});
  const auto count = [&](const ports::RowFilter& filter) {
    return f.port->count_rows(filter, Fixture::soon());
  };
  CHECK(count({}) == 4);
  CHECK(count({.user_id = 2}) == 0);
  CHECK(count({.tenant = acme, .model = "small", .until = at(1)}) == 0);
  CHECK(f.erased_by({.user_id = 2}).empty());
  CHECK(f.erased_by({.model = "unknown"}).empty());
  CHECK(f.erased_by({.tenant = Tenant::named("unknown")}).empty());
  CHECK(f.erased_by({.tenant = acme, .model = "small"}) == Ids{a});
  CHECK(count({.tenant = Tenant::shared()}) == 1);
  CHECK(f.erased_by({.tenant = Tenant::shared()}) == Ids{c});
  CHECK(f.erased_by({.model = "large"}) == Ids{d});
  CHECK(f.erased_by({.user_id = 1}) == Ids{b});
}

TEST_CASE("what is erased by a filter is a tombstone, with its outbox entries and no others") {
  RetentionFixture f;
  const auto row = RetentionFixture::row_of({.model = "old"});
  f.insert({row});
  const auto other = f.add({});
  f.enqueue(row.metadata.id, 1, std::vector<std::byte>(3));
  f.enqueue(other, 1, std::vector<std::byte>(3));
  CHECK(f.erased_by({.model = "old"}) == Ids{row.metadata.id});
  CHECK(f.insert({row}).front() == InsertStatus::erased);
  CHECK(f.port->outbox_stats(Fixture::soon()).pending == 1);
  CHECK(f.state(other)->pending);
}

TEST_CASE("an erase by a filter that is rolled back erased nothing") {
  RetentionFixture f;
  const auto row = RetentionFixture::row_of({});
  f.insert({row});
  {
    const auto transaction = f.port->begin(Fixture::soon());
    CHECK(transaction->erase_matching({.model = "model"}, 10, Fixture::soon()).ids.size() == 1);
  }
  CHECK(f.state(row.metadata.id));
  CHECK(f.insert({row}).front() == InsertStatus::duplicate);
}

TEST_CASE("a row that gets another model meanwhile stays, and is no tombstone") {
  RetentionFixture f;
  const auto row = RetentionFixture::row_of({.made_at = 1, .model = "old"});
  f.insert({row});
  const auto gone = f.add({.made_at = 2, .model = "old"});
  auto update = test::next_of(row.metadata);
  update.metadata.model = "new";
  auto transaction = f.port->begin(Fixture::soon());
  CHECK(transaction->update(update, Fixture::soon()).status == UpdateStatus::updated);
  auto erasing = std::async(std::launch::async, [&] {
    const auto port = f.setup->open();
    const auto other = port->begin(Fixture::soon());
    auto erased = other->erase_matching({.model = "old"}, 10, Fixture::soon());
    other->commit(Fixture::soon());
    return erased.ids;
  });
  CHECK(erasing.wait_for(200ms) == std::future_status::timeout);
  transaction->commit(Fixture::soon());
  transaction.reset();
  CHECK(erasing.get() == Ids{gone});
  CHECK(f.state(row.metadata.id)->version == 2);
  CHECK(f.port->scan_tombstones({}, 10, Fixture::soon()) == Ids{gone});
  CHECK(f.insert({row}).front() == InsertStatus::duplicate);
  CHECK(f.erased_by({.model = "new"}) == Ids{row.metadata.id});
}

TEST_CASE("erases by a filter, by id and updates of the same rows at once never deadlock") {
  RetentionFixture f;
  std::vector<ports::NewRow> rows;
  for (int i = 0; i < 60; ++i) rows.push_back(RetentionFixture::row_of({.made_at = i}));
  f.insert(rows);
  test::ThreadFailures failed;
  std::atomic<std::size_t> erased{0};
  const auto run = [&](auto call) {
    return [&, call] {
      try {
        call();
      } catch (const Error& error) {
        failed.add(error.what());
      }
    };
  };
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 2; ++t) {
      threads.emplace_back(run([&] {
        for (bool more = true; more;) {
          const auto batch = f.erase_matching({.model = "model"}, 7);
          erased += batch.ids.size();
          more = batch.more;
        }
      }));
    }
    threads.emplace_back(run([&] {
      for (std::size_t i = rows.size(); i-- > 0;) {
        if (i % 3 == 0 && f.erase(rows[i].metadata.id)) ++erased;
      }
    }));
    threads.emplace_back(run([&] {
      for (std::size_t i = 0; i < rows.size(); i += 5) {
        const auto transaction = f.port->begin(Fixture::soon());
        (void)transaction->update(test::next_of(rows[i].metadata), Fixture::soon());
        transaction->commit(Fixture::soon());
      }
    }));
  }
  CHECK(failed == 0);
  CHECK(erased == rows.size());
  CHECK(f.list({}).empty());
}

TEST_CASE("a tenant is kept by its bytes, and find lists by it") {
  RetentionFixture f;
  std::string longest;
  for (int i = 0; i < 255; ++i) longest += "🙂";
  Ids ids;
  for (const std::string& name : {longest, std::string("' OR 1=1"), std::string("a ")}) {
    const auto row = RetentionFixture::row_of({.tenant = Tenant::named(name)});
    f.insert({row});
    const auto found = f.port->find({.tenant = row.metadata.tenant}, Fixture::soon());
    REQUIRE(found.size() == 1);
    CHECK(found.front() == row.metadata);
    auto update = test::next_of(row.metadata);
    const auto transaction = f.port->begin(Fixture::soon());
    CHECK(transaction->update(update, Fixture::soon()).status == UpdateStatus::updated);
    transaction->commit(Fixture::soon());
    CHECK(f.list({.tenant = row.metadata.tenant}) == Ids{row.metadata.id});
  }
  CHECK(f.list({.tenant = Tenant::named("a")}).empty());
  CHECK(f.list({.tenant = Tenant::shared()}).empty());
  const auto shared = f.add({});
  CHECK(f.list({.tenant = Tenant::shared()}) == Ids{shared});
}

TEST_CASE("a listing the other way round has no gap and no repeat, also within one instant") {
  RetentionFixture f;
  std::vector<ports::NewRow> rows;
  for (int i = 0; i < 20; ++i) rows.push_back(RetentionFixture::row_of({.made_at = i / 8}));
  f.insert(rows);
  std::ranges::sort(rows, {}, [](const ports::NewRow& row) {
    return std::pair(row.metadata.generated_at, row.metadata.id);
  });
  std::vector<Metadata> seen;
  ports::FindParams params{.user_id = 1, .oldest_first = true, .limit = 3};
  for (;;) {
    const auto page = f.port->find(params, Fixture::soon());
    if (page.empty()) break;
    seen.insert(seen.end(), page.begin(), page.end());
    REQUIRE(seen.size() <= rows.size());
    params.after = ports::ListPosition{page.back().generated_at, page.back().id};
  }
  REQUIRE(seen.size() == rows.size());
  for (std::size_t i = 0; i < seen.size(); ++i) CHECK(seen[i] == rows[i].metadata);
}

TEST_CASE("a listing the other way round keeps to its bounds, whatever it is filtered by") {
  RetentionFixture f;
  std::vector<ports::NewRow> rows;
  for (int i = 0; i < 24; ++i) {
    rows.push_back(RetentionFixture::row_of({.made_at = i / 2,
                                             .tenant = i % 3 == 0 ? Tenant::shared() : acme,
                                             .model = i % 4 == 0 ? "small" : "large"}));
    rows.back().metadata.tags = {i % 2 == 0 ? "even" : "odd"};
  }
  f.insert(rows);
  const std::vector<ports::FindParams> filters{{},
                                               {.user_id = 1},
                                               {.tenant = acme},
                                               {.tenant = Tenant::shared()},
                                               {.model = "large"},
                                               {.tags = {"even"}},
                                               {.title_words = {"row"}},
                                               {.user_id = 1, .tenant = acme},
                                               {.tenant = acme, .model = "large", .tags = {"odd"}}};
  for (ports::FindParams params : filters) {
    params.since = at(3);
    params.until = at(9);
    Ids all = f.list(params);
    CHECK(all.size() > 1);
    std::ranges::reverse(all);
    params.oldest_first = true;
    CHECK(f.list(params) == all);
    params.after = ports::ListPosition{at(2), rows[4].metadata.id};
    CHECK(f.list(params) == all);
    params.limit = 3;
    params.after.reset();
    Ids paged;
    for (auto page = f.port->find(params, Fixture::soon()); !page.empty();
         page = f.port->find(params, Fixture::soon())) {
      for (const Metadata& row : page) paged.push_back(row.id);
      REQUIRE(paged.size() <= all.size());
      params.after = ports::ListPosition{page.back().generated_at, page.back().id};
    }
    CHECK(paged == all);
  }
}

TEST_CASE("a user's record has its name and when it was made known") {
  RetentionFixture f;
  f.port->ensure_user(2, "Größe 要約 🙂", Fixture::soon());
  const auto user = f.port->find_user(2, Fixture::soon());
  REQUIRE(user);
  CHECK(user->name == "Größe 要約 🙂");
  CHECK(std::chrono::abs(user->created_at - std::chrono::system_clock::now()) < 1h);
  CHECK_FALSE(f.port->find_user(404, Fixture::soon()));
  CHECK(f.port->rename_user(2, "another", Fixture::soon()));
  CHECK(f.port->rename_user(2, "another", Fixture::soon()));
  CHECK(f.port->find_user(2, Fixture::soon())->name == "another");
  CHECK_FALSE(f.port->rename_user(404, "nobody", Fixture::soon()));
}

TEST_CASE("the body of an outbox entry can be read without claiming it") {
  RetentionFixture f;
  const std::vector body{std::byte{1}, std::byte{0}, std::byte{255}};
  const auto sequence = f.enqueue(ContentId::generate(), 1, body);
  CHECK(f.port->read_outbox_body(sequence, Fixture::soon()) == body);
  CHECK(f.port->claim_outbox(1, 60s, Fixture::soon()).size() == 1);
  CHECK(f.port->read_outbox_body(sequence, Fixture::soon()) == body);
  f.port->complete_outbox({&sequence, 1}, Fixture::soon());
  CHECK(f.port->read_outbox_body(sequence, Fixture::soon()).empty());
}
