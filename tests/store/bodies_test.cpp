// Bodies of contents, as users of a store see them.
#include "polystore/polystore.hpp"

#include "store/setup.hpp"
#include "support/errors.hpp"
#include "support/made_bytes.hpp"
#include "values/read_copy.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <array>
#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace polystore;
using namespace std::chrono_literals;
using test::check_refused;
using test::error_of;
using test::made_bytes;
using test::source_of;
using Bytes = std::vector<std::byte>;

namespace {

constexpr std::size_t chunk = limits::body_chunk_bytes;

struct Fixture : test::OpenedStore {
  static Draft draft() {
    return {.title = "a picture",
            .model = "model",
            .user_id = 1,
            .output = Document::from_json(R"({"width":640})"),
            .tags = {"image"}};
  }
  ContentId put(const Bytes& bytes, const Draft& draft = Fixture::draft()) {
    return bodies.put(draft, "image/png", source_of(bytes));
  }
  Bytes read(const ContentId& id, const BodyRange& range = {}) {
    Bytes bytes;
    const auto body = bodies.read(id, test::sink_into(bytes), range);
    CHECK(body);
    return bytes;
  }
  // No put under way: whatever nobody owns is a stray.
  std::uint64_t strays() {
    return store.maintenance().sweep({.min_age = 0ms, .dry_run = true}).orphans;
  }

  Bodies& bodies = store.bodies();
};

std::string hex(const std::array<std::uint8_t, 32>& hash) {
  std::string text;
  for (const auto byte : hash) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

}  // namespace

TEST_CASE("a body is read back as it was put, whatever its size") {
  Fixture f;
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, chunk - 1, chunk, 2 * chunk + 1}) {
    const Bytes bytes = made_bytes(size);
    const ContentId id = f.put(bytes);
    CHECK(f.read(id) == bytes);
    const auto content = f.store.get(id);
    REQUIRE(content);
    REQUIRE(content->body);
    CHECK(content->body->size_bytes == static_cast<std::int64_t>(size));
    CHECK(content->body->media_type == "image/png");
    CHECK(content->output == Fixture::draft().output);
    CHECK(f.bodies.read(id, [](std::span<const std::byte>) {}) == content->body);
  }
  Bytes abc;
  for (const char c : std::string("abc")) abc.push_back(static_cast<std::byte>(c));
  CHECK(hex(f.store.get(f.put(abc))->body->sha256) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");  // FIPS 180-4
  CHECK(f.strays() == 0);
}

TEST_CASE("any range of a body can be read") {
  Fixture f;
  const Bytes bytes = made_bytes(2 * chunk + 100);
  const ContentId id = f.put(bytes);
  const auto part = [&](std::size_t offset, std::size_t size) {
    const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(offset);
    return Bytes(begin, begin + static_cast<std::ptrdiff_t>(size));
  };
  CHECK(f.read(id, {.offset = 10, .size_bytes = 5}) == part(10, 5));
  CHECK(f.read(id, {.offset = chunk - 2, .size_bytes = 4}) == part(chunk - 2, 4));
  CHECK(f.read(id, {.offset = chunk - 1, .size_bytes = chunk + 2}) == part(chunk - 1, chunk + 2));
  CHECK(f.read(id, {.offset = 2 * chunk}) == part(2 * chunk, 100));
  CHECK(f.read(id, {.offset = 2 * chunk + 90, .size_bytes = 1000}) == part(2 * chunk + 90, 10));
  CHECK(f.read(id, {.offset = 2 * chunk + 100}).empty());
  CHECK(f.read(id, {.offset = 7, .size_bytes = 0}).empty());
  check_refused("range", "outside of the body", [&] { f.read(id, {.offset = -1}); });
  check_refused("range", "8388708 bytes", [&] { f.read(id, {.offset = 2 * chunk + 101}); });
  check_refused("range", "negative", [&] { f.read(id, {.size_bytes = -1}); });
}

TEST_CASE("a body goes with its content, and stays when that is changed") {
  Fixture f;
  const Bytes bytes = made_bytes(chunk + 3);
  const ContentId id = f.put(bytes);
  const auto body = f.store.get(id)->body;
  f.store.update(id, {.title = "another", .output = Document::from_json("{}")});
  f.store.rename_model("model", "second");
  CHECK(f.store.get(id)->metadata.model == "second");
  CHECK(f.store.get(id)->body == body);
  CHECK(f.read(id) == bytes);
  CHECK(f.strays() == 0);

  CHECK_FALSE(f.store.erase(id).output_pending);
  CHECK_FALSE(f.bodies.read(id, [](std::span<const std::byte>) { FAIL("read"); }));
  CHECK(f.store.maintenance().sweep({.min_age = 0ms}).scanned == 0);

  const ContentId plain = f.store.put(Fixture::draft());
  CHECK_FALSE(f.bodies.read(plain, [](std::span<const std::byte>) { FAIL("read"); }));
}

TEST_CASE("all bodies of an erased user are gone") {
  Fixture f;
  f.store.ensure_user(2, "Grace");
  Draft others = Fixture::draft();
  others.user_id = 2;
  const ContentId kept = f.put(made_bytes(10), others);
  for (int i = 0; i < 3; ++i) f.put(made_bytes(10));
  const auto before = f.store.maintenance().prove_erased(1);
  CHECK(before.bodies == 3);
  CHECK(before.scanned_bodies == 4);
  CHECK(f.store.erase_user(1).complete);
  CHECK(f.store.maintenance().prove_erased(1).proven());
  CHECK(f.read(kept) == made_bytes(10));
}

TEST_CASE("a repeat of a put with the same id and bytes is one put") {
  Fixture f;
  Draft draft = Fixture::draft();
  draft.id = ContentId::generate();
  const Bytes bytes = made_bytes(chunk + 1);
  CHECK(f.put(bytes, draft) == *draft.id);
  const auto body = f.store.get(*draft.id)->body;
  CHECK(f.put(bytes, draft) == *draft.id);
  CHECK(f.store.get(*draft.id)->body == body);
  CHECK(f.read(*draft.id) == bytes);
  CHECK(f.strays() == 0);

  // Other bytes are another content, and leave the first one's alone.
  CHECK(error_of([&] { f.put(made_bytes(chunk + 1, 2), draft); }).code() == ErrorCode::conflict);
  CHECK(error_of([&] { f.put({}, draft); }).code() == ErrorCode::conflict);
  CHECK(error_of([&] { f.store.put(draft); }).code() == ErrorCode::conflict);
  CHECK(f.read(*draft.id) == bytes);
  CHECK(f.strays() == 0);
}

TEST_CASE("a put that can't be is refused before its source is read") {
  Fixture f;
  const BodySource never = [](std::span<std::byte>) -> std::size_t {
    throw std::logic_error("the source was read");
  };
  Draft nobodys = Fixture::draft();
  nobodys.user_id = 99;
  const Error unknown = error_of([&] { f.bodies.put(nobodys, "", never); });
  CHECK(unknown.code() == ErrorCode::not_found);
  CHECK(unknown.field() == "user_id");
  Draft untitled = Fixture::draft();
  untitled.title = "";
  check_refused("title", "empty", [&] { f.bodies.put(untitled, "", never); });
  // It fits into a document, but not together with what names the body.
  Draft full = Fixture::draft();
  const Metadata metadata{
      .title = full.title, .model = full.model, .user_id = 1, .tags = full.tags};
  const auto output = [](std::size_t size) {
    return Document::from_json(R"({"text":")" + std::string(size, 'x') + R"("})");
  };
  const std::size_t rest = values::encode_read_copy(metadata, output(0)).size() + 10;
  full.output = output(limits::content_bytes - rest);
  CHECK_NOTHROW(values::encode_read_copy(metadata, full.output));
  check_refused("output", "16777216 bytes", [&] { f.bodies.put(full, "", never); });
  check_refused("media_type", "limit is 127",
                [&] { f.bodies.put(Fixture::draft(), std::string(128, 'a'), never); });
  check_refused("media_type", "printable ASCII",
                [&] { f.bodies.put(Fixture::draft(), "a\nb", never); });
  check_refused("source", "empty", [&] { f.bodies.put(Fixture::draft(), "", nullptr); });
  check_refused("sink", "empty", [&] { (void)f.bodies.read(ContentId::generate(), nullptr); });
  CHECK(f.strays() == 0);
}

TEST_CASE("a source that fails, or breaks its bounds, leaves nothing") {
  Fixture f;
  const Bytes bytes = made_bytes(chunk + 1);
  auto first = source_of(bytes);
  const BodySource failing = [&](std::span<std::byte> into) {
    const std::size_t given = first(into);
    if (given == 0) throw std::runtime_error("the source failed");
    return given;
  };
  CHECK_THROWS_AS(f.bodies.put(Fixture::draft(), "", failing), std::runtime_error);
  check_refused("source", "more bytes", [&] {
    f.bodies.put(Fixture::draft(), "", [](std::span<std::byte> into) { return into.size() + 1; });
  });
  CHECK(f.strays() == 0);
  CHECK(f.store.find({}).items.empty());
}

TEST_CASE("what a sink throws ends the read") {
  Fixture f;
  const ContentId id = f.put(made_bytes(2 * chunk));
  int calls = 0;
  const BodySink failing = [&](std::span<const std::byte>) {
    ++calls;
    throw std::runtime_error("the sink failed");
  };
  CHECK_THROWS_AS(f.bodies.read(id, failing), std::runtime_error);
  CHECK(calls == 1);
}

TEST_CASE("a content that is erased while its body is read is told of") {
  Fixture f;
  const ContentId id = f.put(made_bytes(3 * chunk));
  bool erased = false;
  const Error error = error_of([&] {
    (void)f.bodies.read(id, [&](std::span<const std::byte>) {
      if (!erased) f.store.erase(id);
      erased = true;
    });
  });
  CHECK(error.code() == ErrorCode::not_found);
  CHECK(error.field() == "id");
}

TEST_CASE("bodies are put and read by several threads at once") {
  Fixture f;
  std::atomic<int> same{0};
  {
    std::vector<std::jthread> threads;
    for (std::uint32_t i = 0; i < 4; ++i) {
      threads.emplace_back([&, i] {
        const Bytes bytes = made_bytes(chunk + i, i);
        const ContentId id = f.bodies.put(Fixture::draft(), "", source_of(bytes));
        Bytes found;
        (void)f.bodies.read(id, test::sink_into(found));
        if (found == bytes) ++same;
      });
    }
  }
  CHECK(same == 4);
}

TEST_CASE("a call on a body ends by its deadline") {
  Fixture f;
  const ContentId id = f.put(made_bytes(chunk + 1));
  const auto begin = std::chrono::steady_clock::now();
  const Error late_read = error_of([&] {
    (void)f.bodies.read(
        id, [](std::span<const std::byte>) { std::this_thread::sleep_for(300ms); }, {},
        Deadline::after(200ms));
  });
  CHECK_THAT(late_read.what(), Catch::Matchers::ContainsSubstring("deadline"));
  const BodySource slow = [](std::span<std::byte> into) {
    std::this_thread::sleep_for(1ms);
    return into.size();
  };
  const Error late_put =
      error_of([&] { f.bodies.put(Fixture::draft(), "", slow, Deadline::after(300ms)); });
  CHECK_THAT(late_put.what(), Catch::Matchers::ContainsSubstring("deadline"));
  CHECK(std::chrono::steady_clock::now() - begin < 10s);
  CHECK(f.store.find({}).items.size() == 1);
}

TEST_CASE("a store that is closed has no bodies") {
  Fixture f;
  f.store.close();
  CHECK(error_of([&] { f.put({}); }).code() == ErrorCode::closed);
  CHECK(error_of([&] {
          (void)f.bodies.read(ContentId::generate(), [](std::span<const std::byte>) {});
        }).code() == ErrorCode::closed);
}

TEST_CASE("a user's bodies are exported in chunks, and gone on with from the content's line") {
  Fixture f;
  const Bytes bytes = made_bytes(chunk + 2);
  const ContentId id = f.put(bytes);
  f.put({});
  std::vector<std::string> lines;
  std::vector<Cursor> cursors;
  const ExportSink sink = [&](const ExportedLine& line) {
    lines.emplace_back(line.text);
    cursors.push_back(line.next);
  };
  auto report = f.store.export_user(1, sink);
  CHECK(report.complete);
  CHECK(report.contents == 2);
  REQUIRE(lines.size() == 5);
  CHECK(lines[1].find(R"("body":{"size_bytes":4194306,"media_type":"image/png","sha256":")") !=
        std::string::npos);
  CHECK(lines[1].find(R"("chunks":2})") != std::string::npos);
  const std::string start = R"({"type":"body","content_id":")" + id.to_string() + R"(","chunk":)";
  CHECK(lines[2].starts_with(start + "0,\"base64\":\""));
  CHECK(lines[2].size() == start.size() + 15 + 4 * ((chunk + 2) / 3));
  CHECK(lines[3].starts_with(start + "1,\"base64\":\""));
  CHECK(lines[3].ends_with("=\"}\n"));  // two bytes
  CHECK(lines[4].find(R"("chunks":0})") != std::string::npos);

  const auto whole = std::exchange(lines, {});
  report = f.store.export_user(1, sink, cursors[2]);
  CHECK(report.complete);
  CHECK(lines == std::vector(whole.begin() + 1, whole.end()));
  lines.clear();
  report = f.store.export_user(1, sink, cursors[3]);
  CHECK(lines == std::vector(whole.begin() + 4, whole.end()));
}
