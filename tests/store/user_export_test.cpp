// The export of what is stored about a user, as users of a store see it.
#include "polystore/polystore.hpp"

#include "store/setup.hpp"
#include "support/errors.hpp"

#include <catch2/catch_test_macros.hpp>

#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace polystore;
using namespace std::chrono_literals;
using test::check_refused;
using test::error_of;

namespace {

struct Stopped : std::runtime_error {
  Stopped() : std::runtime_error("stopped") {}
};

struct Fixture : test::OpenedStore {
  Fixture() { store.ensure_user(2, "Grace \"the\" Hopper"); }

  Draft draft(std::int64_t user_id) {
    ++made;
    return {.title = "title " + std::to_string(made),
            .model = "model",
            .user_id = user_id,
            .tenant = made % 2 == 0 ? Tenant::shared() : Tenant::named("acme"),
            .output = Document::from_json(R"({"number":)" + std::to_string(made) + "}"),
            .tags = {"a", "b"},
            // Several of one instant.
            .generated_at = Timestamp(std::chrono::milliseconds(1'700'000'000'000 + made / 4))};
  }
  std::vector<ContentId> put(std::int64_t user_id, int count) {
    std::vector<Draft> drafts;
    for (int i = 0; i < count; ++i) drafts.push_back(draft(user_id));
    std::vector<ContentId> ids;
    for (const auto& result : store.put_many(drafts)) ids.push_back(*result.value);
    return ids;
  }

  std::vector<std::string> lines;
  Cursor last;
  ExportSink sink = [this](const ExportedLine& line) {
    lines.emplace_back(line.text);
    last = line.next;
  };
  int made = 0;
};

Document parsed(const std::string& line) {
  REQUIRE(line.ends_with("}\n"));
  CHECK(line.find('\n') == line.size() - 1);
  return Document::from_json(std::string_view(line).substr(0, line.size() - 1));
}

}  // namespace

TEST_CASE("a renamed user has the new name, and the same contents") {
  Fixture f;
  const auto ids = f.put(2, 1);
  const Content before = *f.store.get(ids[0]);
  CHECK(f.store.rename_user(2, "Grace Brewster Hopper"));
  CHECK(f.store.rename_user(2, "Grace Brewster Hopper"));
  CHECK_FALSE(f.store.ensure_user(2, "somebody else"));
  CHECK_FALSE(f.store.rename_user(404, "nobody"));
  CHECK(f.store.get(ids[0]) == before);
  f.store.export_user(2, f.sink);
  CHECK(f.lines.at(0).find("Grace Brewster Hopper") != std::string::npos);
  check_refused("name", "empty", [&] { f.store.rename_user(2, ""); });
  check_refused("user_id", "1 or more", [&] { f.store.rename_user(0, "name"); });
}

TEST_CASE("an export has the user and every content of it, oldest first, and nobody else's") {
  Fixture f;
  f.put(1, 3);
  const auto ids = f.put(2, 40);
  f.store.update(ids[5], {.title = "changed\n\"title\"", .model = "another"});
  f.store.erase(ids[7]);
  const auto report = f.store.export_user(2, f.sink);
  CHECK(report.user_found);
  CHECK(report.contents == 39);
  CHECK(report.damaged == 0);
  CHECK(report.complete);
  CHECK_FALSE(report.next);
  REQUIRE(f.lines.size() == 40);
  const auto user = parsed(f.lines[0]);
  CHECK(user.get_string("type") == "user");
  CHECK(user.get_integer("id") == 2);
  CHECK(user.get_string("name") == "Grace \"the\" Hopper");
  CHECK(user.get_string("created_at")->size() == 24);
  std::string before;
  for (std::size_t i = 1; i < f.lines.size(); ++i) {
    const auto line = parsed(f.lines[i]);
    const auto id = ContentId::parse(*line.get_string("id"));
    REQUIRE(id);
    const auto content = f.store.get(*id);
    REQUIRE(content);
    const Metadata& metadata = content->metadata;
    CHECK(line.get_string("type") == "content");
    CHECK(line.get_integer("version") == metadata.version);
    CHECK(line.get_string("title") == metadata.title);
    CHECK(line.get_string("model") == metadata.model);
    CHECK(line.get_integer("user_id") == 2);
    CHECK(line.get_string("tenant").value_or("") == metadata.tenant.name());
    CHECK(line.get_string("tags.1") == "b");
    CHECK(line.get_integer("usage.prompt_tokens") == 0);
    CHECK(line.get_integer("output.number") == content->output.get_integer("number"));
    const std::string place = std::string(*line.get_string("generated_at")) + id->to_string();
    CHECK(before < place);
    before = place;
  }
}

TEST_CASE("an export has a content's embedding, to the last bit of it") {
  Fixture f;
  Draft draft = f.draft(1);
  draft.embedding = Embedding{.tenant = Tenant::named("acme"),
                              .values = {0.1F, -1e-30F, 16777216},
                              .space = "export",
                              .model = "minilm"};
  f.store.put(draft);
  CHECK(f.store.export_user(1, f.sink).contents == 1);
  const auto line = parsed(f.lines.at(1));
  CHECK(line.get_string("embedding.tenant") == "acme");
  CHECK(line.get_string("embedding.space") == "export");
  CHECK(line.get_string("embedding.model") == "minilm");
  for (std::size_t i = 0; i < 3; ++i) {
    const auto number = line.get_number("embedding.values." + std::to_string(i));
    REQUIRE(number);
    CHECK(static_cast<float>(*number) == draft.embedding->values[i]);
  }
}

TEST_CASE("an export that its sink ended goes on after any line") {
  Fixture f;
  f.put(2, 20);
  f.store.export_user(2, f.sink);
  const auto whole = f.lines;
  REQUIRE(whole.size() == 21);
  for (const std::size_t until : {1U, 2U, 16U, 17U, 18U, 20U}) {
    f.lines.clear();
    const auto stopping = [&](const ExportedLine& line) {
      if (f.lines.size() == until) throw Stopped();
      f.sink(line);
    };
    CHECK_THROWS_AS(f.store.export_user(2, stopping), Stopped);
    CHECK(f.lines.size() == until);
    const auto report = f.store.export_user(2, f.sink, f.last);
    CHECK(report.complete);
    CHECK(report.contents == whole.size() - until);
    CHECK(f.lines == whole);
  }
}

TEST_CASE("an export ends at its deadline with whole lines, and goes on from there") {
  Fixture f;
  f.put(2, 40);
  f.store.export_user(2, f.sink);
  const auto whole = f.lines;
  f.lines.clear();
  const auto deadline = Deadline::after(5s);
  const auto slow = [&](const ExportedLine& line) {
    f.sink(line);
    while (f.lines.size() == 10 && !deadline.expired()) std::this_thread::sleep_for(10ms);
  };
  auto report = f.store.export_user(2, slow, std::nullopt, deadline);
  CHECK_FALSE(report.complete);
  CHECK(report.contents == 9);
  REQUIRE(report.next);
  CHECK(*report.next == f.last);
  report = f.store.export_user(2, f.sink, report.next);
  CHECK(report.complete);
  CHECK(f.lines == whole);
}

TEST_CASE("what has nothing to export, or can't be exported") {
  Fixture f;
  auto report = f.store.export_user(404, f.sink);
  CHECK_FALSE(report.user_found);
  CHECK(report.complete);
  CHECK(f.lines.empty());
  report = f.store.export_user(2, f.sink);
  CHECK(report.user_found);
  CHECK(f.lines.size() == 1);
  CHECK(f.store.export_user(2, f.sink, f.last).complete);
  CHECK(f.lines.size() == 1);
  check_refused("user_id", "1 or more", [&] { f.store.export_user(0, f.sink); });
  check_refused("after", "export_user returned",
                [&] { f.store.export_user(2, f.sink, Cursor{"nonsense"}); });
  CHECK(error_of([&] {
          f.store.export_user(2, f.sink, std::nullopt, Deadline::after(0ms));
        }).code() == ErrorCode::deadline_exceeded);
}
