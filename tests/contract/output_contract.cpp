// What every OutputPort promises (lib/ports/output_port.hpp), run on every backend.
#include "contract/output_contract.hpp"

#include "polystore/limits.hpp"

#include "support/errors.hpp"
#include "support/thread_failures.hpp"
#include "values/read_copy.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <atomic>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

using namespace polystore;
using namespace std::chrono_literals;
using ports::OutputDocument;
using ports::OutputOutcome;
using ports::OutputStatus;

namespace {

struct Fixture {
  Fixture() { port->migrate(soon()); }
  static Deadline soon() { return Deadline::after(30s); }

  std::unique_ptr<test::OutputFixture> setup = test::OutputFixture::make();
  std::unique_ptr<ports::OutputPort> port = setup->open();

  OutputOutcome write(const ContentId& id, std::int64_t version, const std::string& text) {
    const auto copy = copy_of(id, version, text);
    const OutputDocument document{id, version, copy};
    auto outcomes = port->write({&document, 1}, soon());
    REQUIRE(outcomes.size() == 1);
    return outcomes.front();
  }

  static std::vector<std::byte> copy_of(const ContentId& id, std::int64_t version,
                                        const std::string& text) {
    return values::encode_read_copy(
        {.id = id, .version = version, .title = "title", .model = "model", .user_id = 1},
        Document::from_json(R"({"text":")" + text + R"("})"));
  }

  // "version:text" of what is stored, or "" where nothing is.
  std::string stored(const ContentId& id) {
    const auto found = port->read({&id, 1}, soon());
    REQUIRE(found.size() == 1);
    if (!found.front()) return "";
    const Content content = values::decode_read_copy(found.front()->bson);
    CHECK(content.metadata.id == id);
    CHECK(content.metadata.version == found.front()->version);
    return std::to_string(found.front()->version) + ":" +
           std::string(content.output.get_string("text").value_or("?"));
  }
};

// The BSON element of a body, whose values are beside the point here.
std::vector<std::byte> body_element() {
  const auto object =
      Document::from_json(R"({"id":"x","bytes":5,"type":"audio/wav","sha256":"y"})");
  std::vector<std::byte> element{std::byte{3}};
  for (const char c : std::string_view("body\0", 5)) element.push_back(std::byte(c));
  element.insert(element.end(), object.bson().begin(), object.bson().end());
  return element;
}

// A BSON document with one element more.
std::vector<std::byte> with_element(std::vector<std::byte> bson,
                                    const std::vector<std::byte>& element) {
  bson.insert(bson.end() - 1, element.begin(), element.end());
  for (std::size_t i = 0; i < 4; ++i) bson[i] = std::byte(bson.size() >> (8 * i));
  return bson;
}

}  // namespace

TEST_CASE("a stored document is read back byte for byte, also by another port") {
  Fixture f;
  const auto id = ContentId::generate();
  const auto copy = Fixture::copy_of(id, 1, "Größe 要約 🙂");
  const OutputDocument document{id, 1, copy};
  CHECK(f.port->write({&document, 1}, Fixture::soon()).front().status == OutputStatus::stored);
  const auto other = f.setup->open();
  const auto found = other->read({&id, 1}, Fixture::soon());
  REQUIRE(found.front());
  CHECK(found.front()->bson == copy);
  CHECK(found.front()->version == 1);
}

TEST_CASE("documents with an embedding are found among others, with what names the vector") {
  Fixture f;
  const std::vector<ContentId> ids{ContentId::generate(), ContentId::generate(),
                                   ContentId::generate()};
  const Embedding embedding{
      .tenant = Tenant::named("t"), .values = {1, 2}, .space = "s", .model = "m"};
  f.write(ids[0], 1, "plain");
  const auto copy = values::encode_read_copy(
      {.id = ids[1], .version = 1, .title = "title", .model = "model", .user_id = 1},
      Document::from_json("{}"), "put", embedding);
  const OutputDocument document{ids[1], 1, copy};
  CHECK(f.port->write({&document, 1}, Fixture::soon()).front().status == OutputStatus::stored);

  const auto found = f.port->find_attached(ids, Fixture::soon());
  REQUIRE(found.size() == 1);
  CHECK(found[0].id == ids[1]);
  CHECK(values::embedding_name(found[0].bson) ==
        VectorName{.tenant = embedding.tenant, .id = ids[1].to_string(), .space = "s"});
  CHECK(f.port->find_attached({}, Fixture::soon()).empty());
}

TEST_CASE("documents with a body are found among others, with the body as it was written") {
  Fixture f;
  const std::vector<ContentId> ids{ContentId::generate(), ContentId::generate(),
                                   ContentId::generate()};
  const auto body = body_element();
  const Embedding embedding{.tenant = Tenant::shared(), .values = {1}, .space = "s", .model = "m"};
  f.write(ids[0], 1, "plain");
  const auto plain = Fixture::copy_of(ids[1], 1, "with a body");
  const auto embedded = values::encode_read_copy(
      {.id = ids[2], .version = 1, .title = "title", .model = "model", .user_id = 1},
      Document::from_json("{}"), "put", embedding);
  const std::vector copies{with_element(plain, body), with_element(embedded, body)};
  const std::vector<OutputDocument> documents{{ids[1], 1, copies[0]}, {ids[2], 1, copies[1]}};
  for (const auto& outcome : f.port->write(documents, Fixture::soon())) {
    CHECK(outcome.status == OutputStatus::stored);
  }

  auto found = f.port->find_attached(ids, Fixture::soon());
  std::ranges::sort(found, {}, &ports::ScannedOutput::id);
  REQUIRE(found.size() == 2);
  const auto first = found[0].id == ids[1] ? 0U : 1U;
  CHECK(found[first].id == ids[1]);
  CHECK(found[1 - first].id == ids[2]);
  for (const auto& output : found) {
    CHECK(output.version == 1);
    CHECK_FALSE(std::ranges::search(output.bson, body).empty());
  }
  CHECK_FALSE(values::has_embedding(found[first].bson));
  CHECK(values::embedding_name(found[1 - first].bson) ==
        VectorName{.tenant = Tenant::shared(), .id = ids[2].to_string(), .space = "s"});
  CHECK(f.port->read({&ids[2], 1}, Fixture::soon()).front()->bson == copies[1]);
}

TEST_CASE("a newer version replaces, an older one is superseded, the same one may be repeated") {
  Fixture f;
  const auto id = ContentId::generate();
  CHECK(f.write(id, 2, "second").status == OutputStatus::stored);
  CHECK(f.write(id, 1, "first").status == OutputStatus::superseded);
  CHECK(f.stored(id) == "2:second");
  CHECK(f.write(id, 2, "second").status == OutputStatus::stored);
  CHECK(f.stored(id) == "2:second");
  CHECK(f.write(id, 2, "again").status == OutputStatus::stored);
  CHECK(f.stored(id) == "2:again");
  CHECK(f.write(id, 3, "third").status == OutputStatus::stored);
  CHECK(f.stored(id) == "3:third");
}

TEST_CASE("a batch has one outcome per document, in order, whatever its neighbours do") {
  Fixture f;
  const auto old = ContentId::generate();
  f.write(old, 5, "newest");
  std::vector<ContentId> ids;
  std::vector<std::vector<std::byte>> copies;
  std::vector<OutputDocument> documents;
  for (int i = 0; i < 20; ++i) ids.push_back(i == 7 ? old : ContentId::generate());
  for (const auto& id : ids) copies.push_back(Fixture::copy_of(id, 1, "batch"));
  for (std::size_t i = 0; i < ids.size(); ++i) documents.push_back({ids[i], 1, copies[i]});
  const auto outcomes = f.port->write(documents, Fixture::soon());
  REQUIRE(outcomes.size() == 20);
  for (std::size_t i = 0; i < 20; ++i) {
    CHECK(outcomes[i].status == (i == 7 ? OutputStatus::superseded : OutputStatus::stored));
    CHECK(f.stored(ids[i]) == (i == 7 ? "5:newest" : "1:batch"));
  }
  CHECK(f.port->write({}, Fixture::soon()).empty());
}

TEST_CASE("insert leaves alone what is there, whatever its version, and stores its neighbours") {
  Fixture f;
  const std::vector ids{ContentId::generate(), ContentId::generate(), ContentId::generate()};
  f.write(ids[0], 1, "older");
  f.write(ids[1], 3, "newer");
  std::vector<std::vector<std::byte>> copies;
  std::vector<OutputDocument> documents;
  for (const auto& id : ids) copies.push_back(Fixture::copy_of(id, 2, "insert"));
  for (std::size_t i = 0; i < ids.size(); ++i) documents.push_back({ids[i], 2, copies[i]});
  const auto outcomes = f.port->insert(documents, Fixture::soon());
  REQUIRE(outcomes.size() == 3);
  CHECK(outcomes[0].status == OutputStatus::present);
  CHECK(outcomes[1].status == OutputStatus::present);
  CHECK(outcomes[2].status == OutputStatus::stored);
  CHECK(f.stored(ids[0]) == "1:older");
  CHECK(f.stored(ids[1]) == "3:newer");
  CHECK(f.stored(ids[2]) == "2:insert");
  CHECK(f.port->insert({}, Fixture::soon()).empty());
}

TEST_CASE("reads keep their order, repeat and say what is absent") {
  Fixture f;
  const std::vector ids{ContentId::generate(), ContentId::generate(), ContentId::generate()};
  f.write(ids[0], 1, "a");
  f.write(ids[2], 1, "c");
  const std::vector asked{ids[2], ids[1], ids[0], ids[2]};
  const auto found = f.port->read(asked, Fixture::soon());
  REQUIRE(found.size() == 4);
  CHECK(values::decode_read_copy(found[0]->bson).metadata.id == ids[2]);
  CHECK_FALSE(found[1]);
  CHECK(values::decode_read_copy(found[2]->bson).metadata.id == ids[0]);
  CHECK(found[3]->bson == found[0]->bson);
  CHECK(f.port->read({}, Fixture::soon()).empty());
}

TEST_CASE("an erased document is gone, and erasing may be repeated") {
  Fixture f;
  const std::vector ids{ContentId::generate(), ContentId::generate()};
  f.write(ids[0], 1, "a");
  f.port->erase(ids, Fixture::soon());
  CHECK(f.stored(ids[0]).empty());
  f.port->erase(ids, Fixture::soon());
  f.port->erase({}, Fixture::soon());
}

TEST_CASE("a document just under the limit is stored") {
  Fixture f;
  const auto id = ContentId::generate();
  const std::string text(limits::content_bytes - 2048, 'x');
  CHECK(f.write(id, 1, text).status == OutputStatus::stored);
  CHECK((f.stored(id) == "1:" + text));
}

TEST_CASE("a batch far beyond one message is stored") {
  Fixture f;
  const std::string text(std::size_t{3} << 20, 'y');
  std::vector<ContentId> ids;
  std::vector<std::vector<std::byte>> copies;
  std::vector<OutputDocument> documents;
  const auto output = Document::from_json(R"({"text":")" + text + R"("})");
  for (int i = 0; i < 20; ++i) {
    ids.push_back(ContentId::generate());
    copies.push_back(values::encode_read_copy(
        {.id = ids.back(), .title = "title", .model = "model", .user_id = 1}, output));
  }
  for (std::size_t i = 0; i < ids.size(); ++i) documents.push_back({ids[i], 1, copies[i]});
  for (const auto& outcome : f.port->write(documents, Fixture::soon())) {
    CHECK(outcome.status == OutputStatus::stored);
  }
  const auto found = f.port->read(ids, Fixture::soon());
  for (std::size_t i = 0; i < ids.size(); ++i) CHECK((found[i] && found[i]->bson == copies[i]));
}

TEST_CASE("migrate may be repeated, by several at once") {
  Fixture f;
  std::vector<std::jthread> threads;
  test::ThreadFailures failed;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      try {
        f.setup->open()->migrate(Fixture::soon());
      } catch (const Error& error) {
        failed.add(error.what());
      }
    });
  }
  threads.clear();
  CHECK(failed == 0);
}

TEST_CASE("many writers of one document leave its newest version") {
  Fixture f;
  const auto id = ContentId::generate();
  std::vector<std::jthread> threads;
  test::ThreadFailures failed;
  for (int t = 1; t <= 8; ++t) {
    threads.emplace_back([&f, &id, &failed, t] {
      const auto copy = Fixture::copy_of(id, t, "v" + std::to_string(t));
      const OutputDocument document{id, t, copy};
      const auto status = f.port->write({&document, 1}, Fixture::soon()).front().status;
      if (status != OutputStatus::stored && status != OutputStatus::superseded) ++failed;
    });
  }
  threads.clear();
  CHECK(failed == 0);
  CHECK(f.stored(id) == "8:v8");
}

TEST_CASE("documents are scanned by id, each once, with their versions or whole") {
  Fixture f;
  std::vector<ContentId> ids;
  for (int i = 1; i <= 7; ++i) {
    ids.push_back(ContentId::generate());
    f.write(ids.back(), i, "scanned");
  }
  auto sorted = ids;
  std::ranges::sort(sorted);
  CHECK(f.port->count(Fixture::soon()) == 7);
  for (const bool with_copies : {false, true}) {
    std::vector<ContentId> scanned;
    for (ports::OutputScan scan{.limit = 3, .with_copies = with_copies};;) {
      const auto page = f.port->scan(scan, Fixture::soon());
      CHECK(page.size() <= 3);
      if (page.empty()) break;
      for (const auto& output : page) {
        scanned.push_back(output.id);
        const auto version = std::ranges::find(ids, output.id) - ids.begin() + 1;
        CHECK(output.version == version);
        CHECK(output.bson == (with_copies ? Fixture::copy_of(output.id, version, "scanned")
                                          : std::vector<std::byte>()));
      }
      scan.after = page.back().id;
    }
    CHECK(scanned == sorted);
  }
}

TEST_CASE("a scan of large documents gives as many as fit one reply, and goes on after them") {
  Fixture f;
  const std::string text(std::size_t{5} << 20, 'z');
  for (int i = 0; i < 8; ++i) f.write(ContentId::generate(), 1, text);
  std::size_t scanned = 0;
  std::size_t pages = 0;
  for (ports::OutputScan scan{.with_copies = true};; ++pages) {
    const auto page = f.port->scan(scan, Fixture::soon());
    if (page.empty()) break;
    CHECK(page.size() <= 4);
    scanned += page.size();
    scan.after = page.back().id;
  }
  CHECK(scanned == 8);
  CHECK(pages >= 2);
}

TEST_CASE("the first to claim the outputs stays recorded as their owner, also by many at once") {
  Fixture f;
  std::vector<std::string> told(4);
  test::ThreadFailures failed;
  {
    std::vector<std::jthread> threads;
    for (std::size_t t = 0; t < told.size(); ++t) {
      threads.emplace_back([&, t] {
        try {
          told[t] = f.setup->open()->claim_for("store " + std::to_string(t), Fixture::soon());
        } catch (const Error& error) {
          failed.add(error.what());
        }
      });
    }
  }
  CHECK(failed == 0);
  CHECK(told[0].starts_with("store "));
  CHECK(told == std::vector(4, told[0]));
  CHECK(f.port->claim_for("another", Fixture::soon()) == told[0]);
}

TEST_CASE("an expired deadline ends at once and never claims what is not stored") {
  Fixture f;
  const auto id = ContentId::generate();
  const auto copy = Fixture::copy_of(id, 1, "late");
  const OutputDocument document{id, 1, copy};
  const auto start = Deadline::Clock::now();
  const auto outcome = f.port->write({&document, 1}, Deadline::immediate()).front();
  CHECK(Deadline::Clock::now() - start < 1s);
  if (outcome.status == OutputStatus::stored) {
    CHECK(f.stored(id) == "1:late");
  } else {
    CHECK(outcome.status == OutputStatus::unacknowledged);
    CHECK(outcome.error);
  }
}

TEST_CASE("a closed port says so") {
  Fixture f;
  const auto id = ContentId::generate();
  f.port->close();
  CHECK(test::error_of([&] {
          (void)f.port->read({&id, 1}, Fixture::soon());
        }).code() == ErrorCode::closed);
  CHECK(f.write(id, 1, "x").status == OutputStatus::unacknowledged);
}
