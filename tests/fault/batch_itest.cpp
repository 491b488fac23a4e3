// Batches beyond what one statement or message holds, and ids that are put twice.
#include "fault/postgres_store.hpp"
#include "support/errors.hpp"
#include "support/faults.hpp"
#include "support/mongo.hpp"

#include <algorithm>
#include <future>
#include <optional>
#include <string>
#include <vector>

using namespace polystore;
using namespace polystore::test;
using namespace std::chrono_literals;

namespace {

// Sessions that were there and are not any more.
class Sessions {
 public:
  explicit Sessions(const PostgresStore& f)
      : f_(f),
        pids_(f.postgres.query("SELECT string_agg(pid::text, ',') FROM pg_stat_activity WHERE "
                               "datname = current_database() AND pid <> pg_backend_pid()")) {}

  void check_none_lost() const {
    REQUIRE_FALSE(pids_.empty());
    const auto count = std::ranges::count(pids_, ',') + 1;
    CHECK(f_.sessions("pid IN (" + pids_ + ")") == std::to_string(count));
  }

 private:
  const PostgresStore& f_;
  std::string pids_;
};

// 50 MB in four large and twenty smaller ones.
std::vector<Draft> large_batch() {
  const auto text = [](std::size_t bytes) {
    return Document::from_json(R"({"text":")" + std::string(bytes, 'x') + R"("})");
  };
  static const Document large = text(12 << 20);
  static const Document smaller = text(500'000);
  std::vector<Draft> drafts;
  for (int i = 0; i < 24; ++i) {
    drafts.push_back(draft_of("large"));
    drafts.back().output = i < 4 ? large : smaller;
  }
  return drafts;
}

void check_all_stored(PostgresStore& f, const std::vector<Draft>& drafts) {
  std::vector<ContentId> ids;
  for (const Draft& draft : drafts) ids.push_back(*draft.id);
  const auto contents = f.store.get_many(ids, in(60s));
  for (std::size_t i = 0; i < drafts.size(); ++i) {
    REQUIRE(contents[i].value);
    CHECK((contents[i].value->output == drafts[i].output));  // in words it would fill the screen
    CHECK(contents[i].value->metadata.tags.size() == drafts[i].tags.size());
  }
}

}  // namespace

TEST_CASE("fault 15: a batch of more values than 65535 is stored without a lost connection") {
  PostgresStore f;
  f.store.put(draft_of("first"));
  const Sessions sessions(f);
  const auto drafts = drafts_of_many_values(1000);
  for (const auto& result : f.store.put_many(drafts, in(60s))) CHECK_FALSE(result.error);
  sessions.check_none_lost();
  CHECK(f.store.maintenance().outbox_status().pending == 0);
  CHECK(f.rows() == "1001");
  CHECK(f.postgres.query("SELECT count(*) FROM content_tags") == "20001");
  check_all_stored(f, {drafts.begin() + 450, drafts.begin() + 550});
}

TEST_CASE("fault 15: a batch beyond 48 MB is split for Mongo and for the outbox") {
  PostgresStore f;
  f.store.put(draft_of("first"));
  const Sessions sessions(f);
  const auto drafts = large_batch();
  for (const auto& result : f.store.put_many(drafts, in(60s))) CHECK_FALSE(result.error);
  CHECK(f.store.maintenance().outbox_status().pending == 0);
  check_all_stored(f, drafts);

  auto queued = large_batch();
  queued.erase(queued.begin(), queued.begin() + 2);
  queued.resize(6);  // 26 MB: more than a statement of the outbox carries
  {
    const test::MongoFailPoint down("faultpg",
                                    R"("failCommands":["insert","update"],"closeConnection":true)");
    for (const auto& result : f.store.put_many(queued, in(60s))) CHECK_FALSE(result.error);
    CHECK(f.store.maintenance().outbox_status().pending ==
          static_cast<std::int64_t>(queued.size()));
    check_all_stored(f, queued);
  }
  sessions.check_none_lost();
}

TEST_CASE("fault 16: the same id with the same payload is a success without a second effect") {
  PostgresStore f;
  const Draft draft = draft_of("first");
  f.store.put(draft);
  const std::string row = f.postgres.query("SELECT xmin || ' ' || ctid FROM ai_generated_content");
  auto elsewhere = f.impatient(5s);
  for (int i = 0; i < 3; ++i) {
    CHECK(f.store.put(draft, in(5s)) == *draft.id);
    CHECK(elsewhere.put(draft, in(5s)) == *draft.id);
  }
  CHECK(f.postgres.query("SELECT xmin || ' ' || ctid FROM ai_generated_content") == row);
  CHECK(f.store.get(*draft.id)->metadata.version == 1);
  f.check_stored_once(draft);
}

TEST_CASE("fault 16: the same id with other payload is a conflict and changes nothing") {
  PostgresStore f;
  const Draft draft = draft_of("first");
  f.store.put(draft);
  Draft other = draft;
  other.output = Document::from_json(R"({"of":"somebody else"})");
  const auto check_conflict = [&] {
    const Error error = error_of([&] { f.store.put(other, in(5s)); });
    CHECK(error.code() == ErrorCode::conflict);
    CHECK(error.field() == "id");
    CHECK(error.outcome() == Outcome::not_applied);
    CHECK_FALSE(error.retryable());
  };
  check_conflict();
  f.check_stored_once(draft);
  {
    const test::MongoFailPoint down("faultpg",
                                    R"("failCommands":["insert","update"],"closeConnection":true)");
    check_conflict();
  }
  f.check_stored_once(draft);
}

TEST_CASE("fault 16: one of two that put an id at once wins and the other learns it") {
  PostgresStore f;
  auto elsewhere = f.impatient(5s);
  const auto put = [](ContentStore& store, const Draft& draft) -> std::optional<ErrorCode> {
    try {
      store.put(draft, in(10s));
      return std::nullopt;
    } catch (const Error& error) {
      return error.code();
    }
  };
  for (int round = 0; round < 25; ++round) {
    const Draft one = draft_of("one");
    Draft two = one;
    two.title = "two";
    two.output = Document::from_json(R"({"of":"two"})");
    auto later = std::async(std::launch::async, [&] { return put(elsewhere, two); });
    const auto first = put(f.store, one);
    const auto second = later.get();
    CHECK(first.has_value() != second.has_value());
    CHECK(first.value_or(*second) == ErrorCode::conflict);
    const Draft& winner = first ? two : one;
    const auto content = f.store.get(*one.id);
    REQUIRE(content);
    CHECK(content->output == winner.output);
    CHECK(content->metadata.title == winner.title);
  }
  CHECK(f.rows() == "25");
  CHECK(f.store.maintenance().outbox_status().pending == 0);
}
