// What every BodyPort promises (lib/ports/body_port.hpp), run on every backend.
#include "contract/body_contract.hpp"

#include "polystore/limits.hpp"

#include "support/errors.hpp"
#include "support/thread_failures.hpp"
#include "values/read_copy.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

using namespace polystore;
using namespace std::chrono_literals;
using ports::BodyHeader;
using ports::BodySize;

namespace {

using Bytes = std::vector<std::byte>;

// Every value comes, NUL first, and no two seeds give the same.
Bytes bytes_of(std::size_t size, unsigned seed = 0) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) {
    bytes[i] = std::byte(static_cast<unsigned>(i) + seed * (static_cast<unsigned>(i >> 8) + 1));
  }
  return bytes;
}

std::vector<ContentId> sorted_ids(std::size_t count) {
  std::vector<ContentId> ids(count);
  std::ranges::generate(ids, &ContentId::generate);
  std::ranges::sort(ids);
  return ids;
}

struct Fixture {
  Fixture() { port->migrate(soon()); }
  static Deadline soon() { return Deadline::after(30s); }

  std::unique_ptr<test::BodyFixture> setup = test::BodyFixture::make();
  std::unique_ptr<ports::OutputPort> port = setup->open();
  ports::BodyPort& bodies = port->bodies();

  void begin(const ContentId& body) {
    bodies.begin({.body = body, .content = ContentId::generate(), .user_id = 1}, soon());
  }
  void write(const ContentId& body, std::int32_t chunk, const Bytes& bytes) {
    bodies.write(body, chunk, bytes, soon());
  }
  std::optional<Bytes> read(const ContentId& body, std::int32_t chunk) {
    return bodies.read(body, chunk, soon());
  }
  BodySize measure(const ContentId& body) { return bodies.measure(body, soon()); }

  std::vector<ContentId> begun() {
    std::vector<ContentId> ids;
    for (const auto& header : bodies.scan({}, 100, soon())) ids.push_back(header.body);
    return ids;
  }
};

}  // namespace

TEST_CASE("chunks of 1 to the most bytes are read back, in any order, also by another port") {
  Fixture f;
  const auto body = ContentId::generate();
  const Bytes first = bytes_of(limits::body_chunk_bytes, 1);
  const Bytes last = bytes_of(1);
  f.begin(body);
  f.write(body, 255, last);
  f.write(body, 0, first);
  const auto other = f.setup->open();
  CHECK((other->bodies().read(body, 0, Fixture::soon()) == first));
  CHECK(other->bodies().read(body, 255, Fixture::soon()) == last);
  CHECK(f.measure(body) == BodySize{.chunks = 2, .bytes = (4 << 20) + 1});
  CHECK(f.port->count(Fixture::soon()) == 0);  // a body is no output
  CHECK(f.port->scan({}, Fixture::soon()).empty());
}

TEST_CASE("what was begun or written may be so again, by several at once") {
  Fixture f;
  const auto body = ContentId::generate();
  const Bytes bytes = bytes_of(300'000);
  test::ThreadFailures failed;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        try {
          f.bodies.begin({.body = body, .content = body, .user_id = 7}, Fixture::soon());
          f.write(body, 3, bytes);
          f.write(body, 3, bytes);
        } catch (const Error& error) {
          failed.add(error.what());
        }
      });
    }
  }
  CHECK(failed == 0);
  CHECK((f.read(body, 3) == bytes));
  CHECK(f.measure(body) == BodySize{.chunks = 1, .bytes = 300'000});
  CHECK(f.bodies.scan({}, 10, Fixture::soon()) ==
        std::vector{BodyHeader{.body = body, .content = body, .user_id = 7}});
}

TEST_CASE("two bodies are written at once, each its own") {
  Fixture f;
  const auto ids = sorted_ids(2);
  test::ThreadFailures failed;
  {
    std::vector<std::jthread> threads;
    for (unsigned t = 0; t < 2; ++t) {
      threads.emplace_back([&f, &ids, &failed, t] {
        try {
          f.begin(ids[t]);
          for (int n = 0; n < 10; ++n) f.write(ids[t], n, bytes_of(50'000, t + 1));
        } catch (const Error& error) {
          failed.add(error.what());
        }
      });
    }
  }
  CHECK(failed == 0);
  for (unsigned t = 0; t < 2; ++t) {
    for (int n = 0; n < 10; ++n) CHECK((f.read(ids[t], n) == bytes_of(50'000, t + 1)));
    CHECK(f.measure(ids[t]) == BodySize{.chunks = 10, .bytes = 500'000});
  }
  CHECK(f.begun() == ids);
}

TEST_CASE("what is not there is absent, has no size, and is erased as well") {
  Fixture f;
  const auto ids = sorted_ids(3);
  CHECK_FALSE(f.read(ids[1], 0));
  CHECK(f.measure(ids[1]) == BodySize{});
  f.begin(ids[1]);
  CHECK(f.measure(ids[1]) == BodySize{});
  f.write(ids[1], 1, bytes_of(10));
  CHECK_FALSE(f.read(ids[1], 0));
  CHECK_FALSE(f.read(ids[1], 2));
  CHECK_FALSE(f.read(ids[0], 1));
  CHECK_FALSE(f.read(ids[2], 1));
  const std::vector others{ids[0], ids[2]};
  f.bodies.erase(others, Fixture::soon());
  f.bodies.erase({}, Fixture::soon());
  CHECK(f.read(ids[1], 1) == bytes_of(10));
  CHECK(f.begun() == std::vector{ids[1]});
}

TEST_CASE("an erased body is gone with all its chunks, the others stay, and it may be repeated") {
  Fixture f;
  const auto ids = sorted_ids(4);
  for (const auto& id : ids) f.begin(id);
  // More than one step of an erase takes.
  for (int n = 0; n < 40; ++n) f.write(ids[1], n, bytes_of(10));
  for (const auto index : {0U, 2U, 3U}) f.write(ids[index], 5, bytes_of(20, index));
  const std::vector erased{ids[3], ids[1]};
  for (int i = 0; i < 2; ++i) {
    f.bodies.erase(erased, Fixture::soon());
    for (const auto& id : erased) CHECK(f.measure(id) == BodySize{});
    CHECK_FALSE(f.read(ids[1], 39));
    CHECK_FALSE(f.read(ids[3], 5));
    CHECK(f.begun() == std::vector{ids[0], ids[2]});
    CHECK(f.read(ids[0], 5) == bytes_of(20, 0));
    CHECK(f.read(ids[2], 5) == bytes_of(20, 2));
  }
  f.write(ids[1], 0, bytes_of(10));  // late: its header is gone
  f.bodies.erase({&ids[1], 1}, Fixture::soon());
  CHECK_FALSE(f.read(ids[1], 0));
}

TEST_CASE("headers are scanned by the body's id, each once, as they were begun") {
  Fixture f;
  std::vector<BodyHeader> headers;
  for (const auto& id : sorted_ids(7)) {
    headers.push_back({.body = id,
                       .content = ContentId::generate(),
                       .user_id = std::int64_t{1} << (9 * headers.size())});
  }
  for (const auto index : {3U, 0U, 6U, 2U, 5U, 1U, 4U}) {
    f.bodies.begin(headers[index], Fixture::soon());
  }
  std::vector<BodyHeader> scanned;
  for (ContentId after{};;) {
    const auto page = f.bodies.scan(after, 3, Fixture::soon());
    CHECK(page.size() <= 3);
    if (page.empty()) break;
    scanned.insert(scanned.end(), page.begin(), page.end());
    after = page.back().body;
  }
  CHECK(scanned == headers);
}

TEST_CASE("a chunk that is damaged is told, with the body and its number, and written anew") {
  Fixture f;
  const auto body = ContentId::generate();
  f.begin(body);
  for (int n = 0; n < 2; ++n) f.write(body, n, bytes_of(5000, 1));
  f.setup->damage(1);
  CHECK(f.read(body, 0) == bytes_of(5000, 1));
  const Error error = test::error_of([&] { (void)f.read(body, 1); });
  CHECK(error.code() == ErrorCode::data_loss);
  CHECK(std::string(error.what()).find("chunk 1 of the body " + body.to_string()) !=
        std::string::npos);
  CHECK(f.measure(body) == BodySize{.chunks = 2, .bytes = 10'000});
  f.write(body, 1, bytes_of(5000, 1));
  CHECK(f.read(body, 1) == bytes_of(5000, 1));
}

TEST_CASE("a store from before there were bodies keeps its outputs and gets bodies") {
  Fixture f;
  const auto id = ContentId::generate();
  const auto copy = values::encode_read_copy(
      {.id = id, .version = 1, .title = "title", .model = "model", .user_id = 1},
      Document::from_json("{}"));
  const ports::OutputDocument document{id, 1, copy};
  REQUIRE(f.port->write({&document, 1}, Fixture::soon()).front().status ==
          ports::OutputStatus::stored);
  f.setup->remove_bodies();
  f.port->close();
  const auto port = f.setup->open();
  port->migrate(Fixture::soon());
  port->bodies().begin({.body = id, .content = id, .user_id = 1}, Fixture::soon());
  port->bodies().write(id, 0, bytes_of(10), Fixture::soon());
  CHECK(port->bodies().read(id, 0, Fixture::soon()) == bytes_of(10));
  CHECK(port->bodies().scan({}, 10, Fixture::soon()).size() == 1);
  CHECK(port->read({&id, 1}, Fixture::soon()).front()->bson == copy);
}

TEST_CASE("a call with an expired deadline ends at once, and claims nothing") {
  Fixture f;
  const auto body = ContentId::generate();
  f.begin(body);
  bool written = false;
  test::check_ends_at_once([&] {
    f.bodies.write(body, 0, bytes_of(10), Deadline::immediate());
    written = true;
  });
  if (written) CHECK(f.read(body, 0) == bytes_of(10));

  for (int n = 1; n < 20; ++n) f.write(body, n, bytes_of(10));
  test::check_ends_at_once([&] { f.bodies.erase({&body, 1}, Deadline::immediate()); });
  if (f.measure(body) != BodySize{}) CHECK(f.begun() == std::vector{body});
  f.bodies.erase({&body, 1}, Fixture::soon());
  CHECK(f.measure(body) == BodySize{});
  CHECK(f.begun().empty());
}

TEST_CASE("the bodies of a closed port say so") {
  Fixture f;
  const auto body = ContentId::generate();
  f.port->close();
  CHECK(test::error_of([&] { (void)f.read(body, 0); }).code() == ErrorCode::closed);
  CHECK(test::error_of([&] { f.write(body, 0, bytes_of(1)); }).code() == ErrorCode::closed);
}
