// Embeddings that go with their contents, as users of a store see them.
#include "polystore/polystore.hpp"

#include "store/setup.hpp"
#include "support/errors.hpp"
#include "support/patience.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <vector>

using namespace polystore;
using namespace polystore::test;

namespace {

using Values = std::vector<float>;
const Tenant tenant = Tenant::named("embedding");

Draft draft(Values values) {
  return {.title = "a title",
          .model = "model",
          .user_id = 1,
          .output = Document::from_json(R"({"text":"words"})"),
          .tags = {"old"},
          .embedding = Embedding{.tenant = tenant, .values = std::move(values), .model = "minilm"}};
}

struct Fixture : OpenedStore {
  bool finds(ContentStore& by, const ContentId& id, const Values& query,
             std::vector<std::string> tags = {}) {
    const auto found = by.vectors().nearest(
        query, 1, {.tenant = tenant, .model = "minilm", .tags = std::move(tags)});
    return found.size() == 1 && found[0].id == id.to_string() && found[0].score > 0.99F;
  }
  bool comes_to_find(const ContentId& id, const Values& query,
                     const std::vector<std::string>& tags = {}) {
    return becomes_true([&] { return finds(store, id, query, tags); });
  }
  bool is_gone(const ContentId& id) {
    return !store.vectors().get({.tenant = tenant, .id = id.to_string()});
  }
  std::int64_t pending() { return store.maintenance().outbox_status().pending; }
};

}  // namespace

TEST_CASE("a content's embedding is read back with it, found by every process, and goes with it") {
  Fixture f;
  auto other = ContentStore::open(f.setup->options());
  const Draft put = draft({1, 0});
  const ContentId id = f.store.put(put);
  CHECK(f.store.get(id)->embedding == put.embedding);
  CHECK(f.comes_to_find(id, {1, 0}, {"old"}));
  if (f.store.vectors().get({.tenant = tenant, .id = id.to_string()}) &&
      other.vectors().get({.tenant = tenant, .id = id.to_string()})) {
    CHECK(becomes_true([&] { return f.finds(other, id, {1, 0}); }));
  }
  CHECK(f.pending() == 0);

  const auto receipt = f.store.erase(id);
  CHECK(receipt.found);
  CHECK_FALSE(receipt.output_pending);
  CHECK(f.is_gone(id));
  CHECK(becomes_true([&] { return !f.finds(f.store, id, {1, 0}); }));
  CHECK(f.pending() == 0);
}

TEST_CASE("an embedding follows updates") {
  Fixture f;
  const ContentId id = f.store.put(draft({1, 0}));
  f.store.update(id, {.tags = std::vector<std::string>{"new"}});
  CHECK(f.comes_to_find(id, {1, 0}, {"new"}));
  f.store.update(id,
                 {.embedding = Embedding{.tenant = tenant, .values = {0, 1}, .model = "minilm"}});
  CHECK(f.comes_to_find(id, {0, 1}, {"new"}));
  CHECK(f.store.get(id)->embedding->values == Values{0, 1});

  Draft plain = draft({});
  plain.embedding.reset();
  const ContentId later = f.store.put(plain);
  CHECK_FALSE(f.store.get(later)->embedding);
  f.store.update(later, {.title = "a longer title",
                         .embedder = [](std::string_view title, const Document& output) {
                           CHECK(title == "a longer title");
                           CHECK(output.get_string("text") == "words");
                           return Embedding{.tenant = tenant, .values = {1, 1}, .model = "minilm"};
                         }});
  CHECK(f.comes_to_find(later, {1, 1}, {"old"}));
  CHECK(f.pending() == 0);
}

TEST_CASE("an embedding stays with a content whose model is renamed") {
  Fixture f;
  const Draft put = draft({1, 0});
  const ContentId id = f.store.put(put);
  CHECK(f.store.rename_model("model", "renamed").contents_renamed == 1);
  const auto content = f.store.get(id);
  CHECK(content->metadata.model == "renamed");
  CHECK(content->embedding == put.embedding);
  CHECK(f.comes_to_find(id, {1, 0}, {"old"}));
  CHECK(f.pending() == 0);
}

TEST_CASE("an embedder makes the embedding of a put, and what it throws ends the put") {
  Fixture f;
  Draft put = draft({});
  put.embedding.reset();
  put.embedder = [](std::string_view title, const Document&) {
    return Embedding{
        .tenant = tenant, .values = {static_cast<float>(title.size()), 1}, .model = "minilm"};
  };
  const ContentId id = f.store.put(put);
  CHECK(f.comes_to_find(id, {7, 1}));
  put.embedder = [](std::string_view, const Document&) -> Embedding {
    throw Error({.code = ErrorCode::unavailable, .message = "no model"});
  };
  CHECK(error_of([&] { f.store.put(put); }).code() == ErrorCode::unavailable);
}

TEST_CASE("embeddings of an erased user go, too, and only they") {
  Fixture f;
  f.store.ensure_user(2, "Bob");
  std::vector<ContentId> erased;
  for (int i = 0; i < 5; ++i) erased.push_back(f.store.put(draft({1, static_cast<float>(i)})));
  Draft plain = draft({});
  plain.embedding.reset();
  f.store.put(plain);
  Draft kept = draft({5, 5});
  kept.user_id = 2;
  const ContentId stays = f.store.put(kept);
  const auto receipt = f.store.erase_user(1);
  CHECK(receipt.complete);
  CHECK(receipt.contents_erased == 6);
  CHECK(receipt.outputs_pending == 0);
  for (const ContentId& id : erased) CHECK(f.is_gone(id));
  CHECK_FALSE(f.is_gone(stays));
  CHECK(f.pending() == 0);
}

TEST_CASE("bad embeddings are refused with the field") {
  Fixture f;
  check_refused("embedding", "", [&] { f.store.put(draft({})); });
  Draft both = draft({1});
  both.embedder = [](std::string_view, const Document&) { return Embedding{.tenant = tenant}; };
  check_refused("embedder", "both", [&] { f.store.put(both); });
  Draft space = draft({1});
  space.embedding->space = "no such name";
  check_refused("space", "", [&] { f.store.put(space); });
  const ContentId id = f.store.put(draft({1, 2}));
  const auto replace = [&](Embedding next) { f.store.update(id, {.embedding = std::move(next)}); };
  check_refused("embedding", "another tenant", [&] {
    replace({.tenant = Tenant::shared(), .values = {1, 2}});
  });
  check_refused("embedding", "another tenant or space", [&] {
    replace({.tenant = tenant, .values = {1, 2}, .space = "other"});
  });
}

TEST_CASE("an embedding that its space does not take is a dead letter, and its content is there") {
  Fixture f;
  f.store.put(draft({1, 2}));
  const ContentId id = f.store.put(draft({1, 2, 3}));
  CHECK(f.store.get(id));
  (void)f.store.maintenance().relay();
  const auto letters = f.store.maintenance().dead_letters();
  REQUIRE(letters.size() == 1);
  CHECK(letters[0].id == id);
  CHECK(letters[0].reason.find("invalid_argument") != std::string::npos);
  CHECK(f.is_gone(id));
}
