// Retention, and the proof that a user is erased, as users of a store see them.
#include "polystore/polystore.hpp"

#include "store/setup.hpp"
#include "support/errors.hpp"
#include "support/patience.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <string>
#include <vector>

using namespace polystore;
using namespace std::chrono_literals;
using std::chrono::days;
using test::check_refused;

namespace {

const Tenant acme = Tenant::named("acme");

struct Fixture : test::OpenedStore {
  static Draft draft(days age = days(0)) {
    const auto now =
        std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    return {.title = "title",
            .model = "model",
            .user_id = 1,
            .output = Document::from_json(R"({"a":1})"),
            .tags = {"t"},
            .generated_at = now - age};
  }

  RetentionReport apply(const RetentionRule& rule) {
    return store.maintenance().apply_retention(rule, Deadline::after(60s));
  }
  std::size_t count() { return store.find({.limit = 1000}).items.size(); }
};

}  // namespace

TEST_CASE("contents are erased by age, in batches, and what is younger stays") {
  Fixture f;
  std::vector<ContentId> old;
  for (int i = 0; i < 25; ++i) old.push_back(f.store.put(Fixture::draft(days(91 + i))));
  const auto young = f.store.put(Fixture::draft(days(89)));
  RetentionRule rule{.older_than = days(90), .batch = 10, .dry_run = true};
  auto report = f.apply(rule);
  CHECK(report.matching == 25);
  CHECK(report.erased == 0);
  CHECK(report.complete);
  CHECK(f.count() == 26);
  rule.dry_run = false;
  report = f.apply(rule);
  CHECK(report.matching == 25);
  CHECK(report.erased == 25);
  CHECK(report.outputs_pending == 0);
  CHECK(report.complete);
  for (const auto& id : old) CHECK_FALSE(f.store.get(id));
  CHECK(f.store.get(young));
  Draft again = Fixture::draft();
  again.id = old[0];
  CHECK(test::error_of([&] { f.store.put(again); }).code() == ErrorCode::conflict);
  CHECK(f.apply(rule).erased == 0);
  CHECK(f.store.maintenance().outbox_status().pending == 0);
}

TEST_CASE("contents are erased by tenant and by model, and all that is given must hold") {
  Fixture f;
  const auto put = [&](const Tenant& tenant, const std::string& model, days age) {
    Draft draft = Fixture::draft(age);
    draft.tenant = tenant;
    draft.model = model;
    return f.store.put(draft);
  };
  const auto a = put(acme, "small", days(3));
  const auto b = put(acme, "small", days(1));
  const auto c = put(acme, "large", days(3));
  const auto d = put(Tenant::shared(), "small", days(3));
  CHECK(f.store.get(a)->metadata.tenant == acme);
  CHECK(f.store.find({.tenant = acme}).items.size() == 3);
  CHECK(f.store.find({.tenant = Tenant::shared()}).items.size() == 1);
  CHECK(f.apply({.older_than = days(2), .tenant = acme, .model = "small"}).erased == 1);
  CHECK_FALSE(f.store.get(a));
  CHECK(f.apply({.model = "large"}).erased == 1);
  CHECK_FALSE(f.store.get(c));
  CHECK(f.apply({.tenant = Tenant::named("Acme")}).erased == 0);
  CHECK(f.apply({.tenant = acme}).erased == 1);
  CHECK_FALSE(f.store.get(b));
  CHECK(f.store.get(d));
  CHECK(f.apply({.tenant = Tenant::shared()}).erased == 1);
  CHECK(f.count() == 0);
}

TEST_CASE("a content's tenant stays through updates, and makes another draft of the same id") {
  Fixture f;
  Draft draft = Fixture::draft();
  draft.tenant = acme;
  draft.id = ContentId::generate();
  f.store.put(draft);
  f.store.put(draft);  // the same again
  CHECK(f.store.update(*draft.id, {.title = "changed"}).tenant == acme);
  CHECK(f.store.get(*draft.id)->metadata.tenant == acme);
  draft.tenant = Tenant::named("other");
  CHECK(test::error_of([&] { f.store.put(draft); }).code() == ErrorCode::conflict);
  draft.tenant = Tenant::named("");
  check_refused("tenant", "must not be empty", [&] { f.store.put(draft); });
  check_refused("tenant", "255",
                [&] { (void)f.store.find({.tenant = Tenant::named(std::string(256, 'a'))}); });
}

TEST_CASE("retention is done in as many calls as it takes") {
  Fixture f;
  for (int batch = 0; batch < 3; ++batch) {
    const std::vector<Draft> drafts(400, Fixture::draft(days(9)));
    for (const auto& result : f.store.put_many(drafts, Deadline::after(60s))) REQUIRE(result.value);
  }
  std::uint64_t erased = 0;
  RetentionReport report;
  for (int call = 0; call < 2000 && !report.complete; ++call) {
    try {
      report = f.store.maintenance().apply_retention(
          {.older_than = days(1), .batch = 50}, Deadline::after(std::chrono::milliseconds(call)));
      erased += report.erased;
    } catch (const Error& error) {
      INFO(error.what());
      REQUIRE(
          (error.code() == ErrorCode::deadline_exceeded || error.code() == ErrorCode::unavailable));
    }
  }
  CHECK(report.complete);
  CHECK(erased <= 1200);  // less, where a commit was not answered in time
  CHECK(f.count() == 0);
  f.store.maintenance().relay();
  CHECK(f.store.maintenance().outbox_status().pending == 0);
}

TEST_CASE("rules that can't be meant are refused") {
  Fixture f;
  check_refused("rule", "an age, a tenant or a model", [&] { (void)f.apply({}); });
  for (const auto age : {0ms, -1ms}) {
    check_refused("older_than", "more than 0", [&] { (void)f.apply({.older_than = age}); });
  }
  check_refused("older_than", "1000 years",
                [&] { (void)f.apply({.older_than = std::chrono::milliseconds::max()}); });
  check_refused("model", "must not be empty", [&] { (void)f.apply({.model = ""}); });
  check_refused("tenant", "must not be empty",
                [&] { (void)f.apply({.tenant = Tenant::named("")}); });
  for (const std::size_t batch : {0U, 1001U}) {
    check_refused("batch", "1 to 1000", [&] { (void)f.apply({.model = "m", .batch = batch}); });
  }
  check_refused("rule", "an age", [&] { f.store.start_maintenance({.retention = {{}}}); });
  check_refused("dry_run", "apply_retention", [&] {
    f.store.start_maintenance({.retention = {{.model = "m", .dry_run = true}}});
  });
  check_refused("retention_pause", "1 ms",
                [&] { f.store.start_maintenance({.retention_pause = 0ms}); });
}

TEST_CASE("maintenance applies the rules by itself") {
  Fixture f;
  const auto old = f.store.put(Fixture::draft(days(3)));
  const auto young = f.store.put(Fixture::draft());
  f.store.start_maintenance(
      {.retention = {{.model = "unknown"}, {.older_than = days(2)}}, .retention_pause = 5ms});
  CHECK(test::becomes_true([&] { return !f.store.get(old); }));
  CHECK(f.store.get(young));
}

TEST_CASE("embeddings go with what retention erases, and a user's erase is proven") {
  Fixture f;
  f.store.ensure_user(2, "Grace");
  const auto embedded = [](std::int64_t user_id, days age) {
    Draft draft = Fixture::draft(age);
    draft.user_id = user_id;
    draft.embedding = Embedding{.tenant = acme, .values = {1, 2}};
    return draft;
  };
  const auto gone = [&](const ContentId& id) {
    return !f.store.vectors().get({.tenant = acme, .id = id.to_string()});
  };
  const auto old = f.store.put(embedded(1, days(3)));
  const auto mine = f.store.put(embedded(1, days(0)));
  const auto kept = f.store.put(embedded(2, days(0)));
  CHECK(f.apply({.older_than = days(2)}).erased == 1);
  CHECK(gone(old));
  CHECK_FALSE(gone(mine));

  auto proof = f.store.maintenance().prove_erased(1);
  CHECK(proof.complete);
  CHECK(proof.user_known);
  CHECK(proof.contents == 1);
  CHECK(proof.outputs == 1);
  CHECK_FALSE(proof.proven());
  CHECK(f.store.erase_user(1).complete);
  CHECK(gone(mine));
  proof = f.store.maintenance().prove_erased(1);
  CHECK(proof.proven());
  CHECK(proof.scanned_outputs == 1);
  CHECK(proof.scanned_vectors >= 1);
  CHECK_FALSE(gone(kept));

  // A vector that somebody put back.
  f.store.vectors().put({.name = {.tenant = acme, .id = mine.to_string()}, .values = {3, 4}});
  proof = f.store.maintenance().prove_erased(1);
  CHECK(proof.vectors == 1);
  CHECK(proof.ids == std::vector{mine});
  CHECK_FALSE(proof.proven());
  check_refused("user_id", "1 or more", [&] { (void)f.store.maintenance().prove_erased(0); });
}
