// An outbox at its limit, on real servers.
#include "fault/mongo_store.hpp"
#include "support/errors.hpp"

using namespace polystore;
using namespace std::chrono_literals;

namespace {

Draft large_draft() {
  Draft draft = test::draft_titled("large");
  draft.output = Document::from_json(R"({"text":")" + std::string(400'000, 'x') + R"("})");
  return draft;
}

}  // namespace

TEST_CASE("fault 31: outbox high-water reached: puts are refused, reads go on, then it recovers") {
  test::MongoStore f;
  const Draft before = large_draft();
  f.store.put(before);
  ContentStore store = ContentStore::open({.metadata = f.postgres.url(),
                                           .outputs = f.outputs_url(),
                                           .responses = "memory:",
                                           .outbox_limit_bytes = 1 << 20});
  const Draft waiting = large_draft();
  const Draft refused = large_draft();
  {
    const test::MongoFailPoint fault(
        f.app_name(), R"("failCommands":["insert","update"],"closeConnection":true)");
    store.put(waiting, Deadline::after(10s));
    store.put(large_draft(), Deadline::after(10s));
    const Error error = test::error_of([&] { store.put(refused, Deadline::after(10s)); });
    CHECK(error.code() == ErrorCode::unavailable);
    CHECK(error.outcome() == Outcome::not_applied);
    CHECK(store.get(*waiting.id)->output == waiting.output);
    CHECK(store.get(*before.id)->output == before.output);
    CHECK(store.find({.user_id = 1}).items.size() == 3);
    CHECK_FALSE(store.get(*refused.id));
  }
  test::MongoStore::let_it_rest();
  test::drain_outbox(store);
  store.put(refused, Deadline::after(10s));
  CHECK(store.get(*refused.id)->output == refused.output);
  CHECK(f.documents() == 4);
}

TEST_CASE("a put that needs the outbox can do with one connection") {
  test::MongoStore f;
  const bool has_options = f.postgres.url().find('?') != std::string::npos;
  auto store =
      ContentStore::open({.metadata = f.postgres.url() + (has_options ? '&' : '?') + "pool_size=1",
                          .outputs = f.outputs_url(),
                          .responses = "memory:"});
  const test::MongoFailPoint fault(f.app_name(),
                                   R"("failCommands":["insert"],"closeConnection":true)");
  const Draft draft = test::draft_titled("alone");
  store.put(draft, Deadline::after(10s));
  CHECK(test::has(store, draft));
  CHECK(f.pending() == 1);
}
