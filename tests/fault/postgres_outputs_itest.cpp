// PostgreSQL as the output store, away or with its answers lost.
#include "fault/drafts.hpp"
#include "support/errors.hpp"
#include "support/fault_proxy.hpp"
#include "support/faults.hpp"
#include "support/patience.hpp"
#include "support/server_stores.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <string>
#include <vector>

using namespace polystore;
using namespace polystore::test;
using namespace std::chrono_literals;

namespace {

constexpr const char* insert_outputs = "INSERT INTO polystore_outputs";

/// Metadata in one database, outputs in another one behind a proxy.
struct TwoDatabases {
  TwoDatabases() { store.ensure_user(1, "Ada"); }

  [[nodiscard]] std::string outputs_of(const Draft& draft) const {
    return outputs.query("SELECT count(*) FROM polystore_outputs WHERE id = '" +
                         draft.id->to_string() + "'");
  }

  /// Checks that the draft is readable at once, and there once when the outbox is empty.
  void check_stored_once(const Draft& draft) {
    const auto content = store.get(*draft.id);
    REQUIRE(content);
    CHECK(content->output == draft.output);
    REQUIRE(becomes_true([&] {
      store.maintenance().relay();
      return store.maintenance().outbox_status().pending == 0;
    }));
    CHECK(outputs_of(draft) == "1");
    CHECK(store.get(*draft.id)->output == draft.output);
  }

  ScratchPostgres metadata;
  ScratchPostgres outputs;
  FaultProxy proxy{outputs.url()};
  ContentStore store = ContentStore::open(options_on(metadata, proxy));
};

}  // namespace

TEST_CASE("an output whose answer is lost waits in the outbox, and is there once") {
  TwoDatabases f;
  for (const auto& fault : {Fault::black_hole(), Fault::reset()}) {
    const auto armed = f.proxy.arm(
        {.seen_in = Flow::request, .bytes = insert_outputs, .flow = Flow::reply, .fault = fault});
    const Draft draft = draft_of("lost answer");
    CHECK(f.store.put(draft, in(5s)) == *draft.id);
    CHECK(f.proxy.passed(armed) == 1);
    CHECK(f.store.maintenance().outbox_status().pending == 1);
    f.check_stored_once(draft);
    f.proxy.heal();
  }
}

TEST_CASE("an output store on PostgreSQL that is away fails no put or erase") {
  TwoDatabases f;
  const Draft erased = draft_of("erased");
  f.store.put(erased);
  f.proxy.refuse(true);
  f.proxy.reset_open();
  const Draft draft = draft_of("away");
  CHECK(f.store.put(draft, in(5s)) == *draft.id);
  CHECK(f.store.get(*draft.id)->output == draft.output);
  const auto result = f.store.erase(*erased.id, in(5s));
  CHECK(result.output_pending);
  f.proxy.refuse(false);
  f.check_stored_once(draft);
  CHECK(f.outputs_of(erased) == "0");
}

TEST_CASE("an output store on PostgreSQL that is away keeps no store from opening") {
  const ScratchPostgres metadata;
  const ScratchPostgres outputs;
  FaultProxy proxy(outputs.url());
  const auto tables = [&] { return outputs.query("SELECT to_regclass('polystore_outputs')"); };
  SECTION("it refuses") { proxy.refuse(true); }
  SECTION("it does not answer") { proxy.set(Flow::reply, Fault::black_hole()); }
  auto store = ContentStore::open(options_on(metadata, proxy));
  store.ensure_user(1, "Ada");
  const Draft draft = draft_of("before there was a table");
  CHECK(store.put(draft, in(10s)) == *draft.id);
  CHECK(store.get(*draft.id)->output == draft.output);
  CHECK(tables().empty());
  proxy.refuse(false);
  proxy.heal();
  REQUIRE(becomes_true([&] {
    store.maintenance().relay();
    return store.maintenance().outbox_status().pending == 0;
  }));
  CHECK(tables() == "polystore_outputs");
  CHECK(store.get(*draft.id)->output == draft.output);
  CHECK(store.maintenance().sweep({.min_age = 0s}).removed == 0);
}

TEST_CASE("a lost COMMIT answer leaves metadata and output in one database as one") {
  const ScratchPostgres postgres;
  FaultProxy proxy(postgres.url());
  auto store = ContentStore::open(options_on(proxy, proxy));
  store.ensure_user(1, "Ada");
  for (const auto flow : {Flow::reply, Flow::request}) {
    const auto armed = proxy.arm(
        {.seen_in = Flow::request, .bytes = "COMMIT", .flow = flow, .fault = Fault::reset()});
    const Draft draft = draft_of("lost commit");
    CHECK(store.put(draft, in(10s)) == *draft.id);
    CHECK(proxy.passed(armed) >= 1);
    CHECK(store.get(*draft.id)->output == draft.output);
    CHECK(postgres.query("SELECT count(*) FROM polystore_outputs JOIN ai_generated_content USING "
                         "(id) WHERE id = '" +
                         draft.id->to_string() + "'") == "1");
    CHECK(store.maintenance().outbox_status().pending == 0);
    proxy.heal();
  }
}

TEST_CASE(
    "an output that a rule forbids fails alone, with its row, where both are in one database") {
  const ScratchPostgres postgres;
  auto store = ContentStore::open(options_on(postgres, postgres));
  store.ensure_user(1, "Ada");
  (void)postgres.query("ALTER TABLE polystore_outputs ADD CHECK (document ->> 'title' <> 'bad')");
  std::vector<Draft> drafts;
  for (int i = 0; i < 20; ++i) drafts.push_back(draft_of(i == 7 ? "bad" : "good"));
  const auto results = store.put_many(drafts);
  for (std::size_t i = 0; i < results.size(); ++i) CHECK(results[i].error.has_value() == (i == 7));
  CHECK(results[7].error->native_code() == "23514");
  CHECK(results[7].error->outcome() == Outcome::not_applied);
  CHECK_FALSE(store.get(*drafts[7].id));
  CHECK(postgres.query("SELECT count(*) FROM ai_generated_content") == "19");
  CHECK(postgres.query("SELECT count(*) FROM polystore_outputs") == "19");
}
