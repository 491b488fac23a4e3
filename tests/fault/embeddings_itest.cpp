// Contents with an embedding while the store of vectors is away: no call fails for it, and the
// vectors come to be what the contents are.
#include "polystore/polystore.hpp"

#include "support/drain_outbox.hpp"
#include "support/faults.hpp"
#include "support/own_server.hpp"
#include "support/patience.hpp"
#include "support/server_stores.hpp"
#include "support/temporary_folder.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <utility>
#include <vector>

using namespace polystore;
using namespace polystore::test;
using namespace std::chrono_literals;

namespace {

const Tenant tenant = Tenant::named("embedding");

Draft draft(std::vector<float> values) {
  return {.title = "a title",
          .model = "model",
          .user_id = 1,
          .output = Document::from_json(R"({"text":"words"})"),
          .tags = {"old"},
          .embedding = Embedding{.tenant = tenant, .values = std::move(values)}};
}

std::vector<std::string> found_by(ContentStore& store, const std::vector<std::string>& tags = {}) {
  std::vector<std::string> ids;
  for (const auto& found :
       store.vectors().nearest(std::vector<float>{1, 1}, 100, {.tenant = tenant, .tags = tags})) {
    ids.push_back(found.id);
  }
  return ids;
}

// Puts, updates and erases while there is no vector store, then starts it.
void check_away(OpenOptions options) {
  const OwnServer redis(OwnServer::Kind::durable_redis);
  options.responses = "memory:";
  options.vectors = redis.url();
  options.deadline = 20s;
  auto store = ContentStore::open(options);
  store.ensure_user(1, "Ada");
  store.ensure_user(2, "Bob");
  const ContentId erased = store.put(draft({1, 2}));
  const ContentId updated = store.put(draft({2, 1}));
  Draft of_bob = draft({3, 1});
  of_bob.user_id = 2;
  store.put(of_bob);
  CHECK(becomes_true([&] { return found_by(store).size() == 3; }));

  redis.crash();
  const ContentId put = store.put(draft({1, 1}));
  CHECK(store.get(put)->embedding->values == std::vector<float>{1, 1});
  store.update(updated, {.tags = std::vector<std::string>{"new"}});
  CHECK(store.erase(erased).output_pending);
  CHECK_FALSE(store.get(erased));
  const auto receipt = store.erase_user(2);
  CHECK(receipt.complete);
  CHECK(receipt.outputs_pending == 1);
  CHECK(store.maintenance().outbox_status().pending == 4);

  redis.restart();
  drain_outbox(store);
  auto other = ContentStore::open(options);
  for (ContentStore* each : {&store, &other}) {
    CHECK(becomes_true([&] {
      auto found = found_by(*each);
      return found == std::vector{put.to_string(), updated.to_string()};
    }));
    CHECK(found_by(*each, {"new"}) == std::vector{updated.to_string()});
  }
  CHECK(store.maintenance().verify().findings.empty());
}

}  // namespace

TEST_CASE("embeddings whose store is away are delivered when it is back, on servers") {
  const ScratchPostgres postgres;
  const ScratchMongo mongo;
  check_away({.metadata = postgres.url(), .outputs = mongo.url()});
}

TEST_CASE("embeddings whose store is away are delivered when it is back, on SQLite") {
  const TemporaryFolder folder;
  check_away({.metadata = folder.sqlite_url()});
}

TEST_CASE(
    "a semantic cache without its vector store answers in time, and has hits when it is back") {
  const OwnServer redis(OwnServer::Kind::durable_redis);
  const TemporaryFolder folder;
  auto store = ContentStore::open({.metadata = folder.sqlite_url(),
                                   .responses = "memory:",
                                   .vectors = redis.url(),
                                   .deadline = 20s});
  SemanticCache cache(store, {.embedder =
                                  [](std::string_view text, Deadline) {
                                    return std::vector<float>{1, static_cast<float>(text.size())};
                                  },
                              .embedder_model = "length",
                              .threshold = 0.9});
  int made = 0;
  const auto ask = [&](const std::string& text) {
    return cache
        .get_or_generate(
            {.tenant = tenant, .model = "model", .prompt = text, .sampling = {.temperature = 0.0}},
            [&](Deadline) {
              ++made;
              return Response{.text = "an answer"};
            })
        .answer.source;
  };
  CHECK(ask("one way to put it") == Source::generated);
  CHECK(ask("some way to put it") == Source::semantic);
  redis.crash();
  check_ends_within(2s, [&] { CHECK(ask("while it is away") == Source::generated); });
  redis.restart();
  {
    const StoppedProcess stopped(redis.pid());
    check_ends_within(2s, [&] { CHECK(ask("while it hangs") == Source::generated); });
  }
  CHECK(made == 3);
  std::string text = "as it is back";
  CHECK(becomes_true([&] { return ask(text += " again") == Source::semantic; }));
}
