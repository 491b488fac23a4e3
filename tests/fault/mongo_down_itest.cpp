// A MongoDB that is not there when the store begins.
#include "fault/mongo_store.hpp"
#include "support/own_server.hpp"

#include <string>
#include <vector>

using namespace polystore;
using namespace std::chrono_literals;
using test::draft_titled;
using test::has;

TEST_CASE(
    "fault 17: with MongoDB down from the start every put succeeds, and is handed over later") {
  const test::ScratchPostgres postgres;
  const test::OwnServer mongod(test::OwnServer::Kind::mongo);
  mongod.crash();
  auto store = ContentStore::open({.metadata = postgres.url(), .outputs = mongod.url()});
  store.ensure_user(1, "Ada");
  std::vector<Draft> drafts;
  for (int i = 0; i < 3; ++i) {
    drafts.push_back(draft_titled("down " + std::to_string(i)));
    test::check_ends_within(2s, [&] { store.put(drafts.back(), Deadline::after(2s)); });
    CHECK(has(store, drafts.back()));
  }
  CHECK(store.maintenance().outbox_status().pending == 3);
  CHECK(store.maintenance().relay().applied == 0);

  mongod.restart();
  test::drain_outbox(store);
  for (const Draft& draft : drafts) CHECK(has(store, draft));
  drafts.push_back(draft_titled("up"));
  store.put(drafts.back());
  CHECK(store.maintenance().outbox_status().pending == 0);
  CHECK(has(store, drafts.back()));
}
