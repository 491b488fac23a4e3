// What every VectorPort promises (lib/ports/vector_port.hpp), run on every backend.
#include "contract/vector_contract.hpp"

#include "support/errors.hpp"
#include "support/thread_failures.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

using namespace polystore;
using namespace std::literals;

namespace {

const VectorSpace space{.name = "space", .dimensions = 3};

struct Fixture {
  static Deadline soon() { return Deadline::after(20s); }

  std::int64_t put(const std::string& key, const std::string& body) {
    const ports::VectorEntry entry{key, body};
    return port->put(space, {&entry, 1}, soon()).at(0);
  }
  std::vector<std::int64_t> put_many(std::size_t count, const std::string& prefix,
                                     std::size_t keys = 1'000'000) {
    std::vector<std::int64_t> versions;
    std::vector<ports::VectorEntry> entries;
    for (std::size_t i = 1; i <= count; ++i) {
      entries.push_back({prefix + std::to_string(i % keys), "body"});
      if (entries.size() < 1000 && i < count) continue;
      const auto some = port->put(space, entries, soon());
      versions.insert(versions.end(), some.begin(), some.end());
      entries.clear();
    }
    return versions;
  }
  std::optional<std::string> get(const std::string& key) {
    const auto found = port->get(key, soon());
    return found ? std::optional(found->body) : std::nullopt;
  }
  ports::VectorChanges changes(const ports::VectorPosition& after, std::size_t limit = 1000,
                               std::chrono::milliseconds wait = 0ms) {
    return port->changes({.after = after, .limit = limit, .wait = wait}, soon());
  }
  std::map<std::string, std::string> scan() {
    std::map<std::string, std::string> all;
    for (std::optional<std::string> from = ""; from;) {
      auto part = port->scan(*from, soon());
      for (const auto& vector : part.vectors) all[vector.key] = vector.body;
      from = part.next;
    }
    return all;
  }

  std::unique_ptr<test::VectorFixture> setup = test::VectorFixture::make();
  std::unique_ptr<ports::VectorPort> port = setup->open();
};

}  // namespace

TEST_CASE("a vector is kept, replaced and erased, each time with a higher version") {
  Fixture f;
  CHECK_FALSE(f.get("key"));
  CHECK_FALSE(f.port->erase("key", f.soon()));
  const auto first = f.put("key", "first");
  CHECK(f.get("key") == "first");
  const auto second = f.put("key", "second");
  CHECK(f.get("key") == "second");
  CHECK(f.port->get("key", f.soon())->version == second);
  const auto erased = f.port->erase("key", f.soon());
  REQUIRE(erased);
  CHECK_FALSE(f.get("key"));
  const auto third = f.put("other", "third");
  CHECK(first > 0);
  CHECK((first < second && second < *erased && *erased < third));
}

TEST_CASE("keys and bodies are any bytes") {
  Fixture f;
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  f.put(bytes, bytes);
  f.put(bytes.substr(0, 255), "other");
  CHECK(f.get(bytes) == bytes);
  CHECK(f.get(bytes.substr(0, 255)) == "other");
  CHECK(f.scan() ==
        std::map<std::string, std::string>{{bytes, bytes}, {bytes.substr(0, 255), "other"}});
  CHECK(f.changes({}).changes.at(0).now->body == bytes);
}

TEST_CASE("a space is made once and never changes") {
  Fixture f;
  CHECK_FALSE(f.port->find_space("s", f.soon()));
  const VectorSpace made{
      .name = "s", .dimensions = 8192, .metric = Metric::l2, .encoding = VectorEncoding::int8};
  const auto first = f.port->ensure_space(made, f.soon());
  CHECK(first.created);
  CHECK(first.space == made);
  VectorSpace other = made;
  other.metric = Metric::dot;
  const auto second = f.port->ensure_space(other, f.soon());
  CHECK_FALSE(second.created);
  CHECK(second.space == made);
  CHECK(f.port->find_space("s", f.soon()) == made);
}

TEST_CASE("a put makes its space, and stores nothing where that is another one") {
  Fixture f;
  f.put("key", "body");
  CHECK(f.port->find_space("space", f.soon()) == space);
  VectorSpace other = space;
  other.dimensions = 4;
  const ports::VectorEntry entry{"other", "body"};
  const Error error = test::error_of([&] { (void)f.port->put(other, {&entry, 1}, f.soon()); });
  CHECK(error.code() == ErrorCode::conflict);
  CHECK(error.field() == "space");
  CHECK_FALSE(f.get("other"));
  CHECK(f.changes({}).changes.size() == 1);
}

TEST_CASE("the log tells each change in order, with what is there by now") {
  Fixture f;
  const auto start = f.port->last_position(f.soon());
  CHECK(start.version == 0);
  CHECK(f.changes(start).changes.empty());
  const auto a = f.put("a", "1");
  const auto b = f.put("b", "2");
  const auto some = f.changes(start, 1);
  REQUIRE(some.changes.size() == 1);
  CHECK(some.changes[0].key == "a");
  CHECK(some.changes[0].version == a);
  CHECK(some.position.version == a);
  const auto rest = f.changes(some.position);
  REQUIRE(rest.changes.size() == 1);
  CHECK(rest.changes[0].now->key == "b");
  CHECK(rest.changes[0].now->version == b);
  CHECK(rest.changes[0].now->body == "2");
  const auto none = f.changes(rest.position);
  CHECK_FALSE(none.lost);
  CHECK(none.changes.empty());
  CHECK(none.position.version == b);
  CHECK(f.port->last_position(f.soon()).version == b);
}

TEST_CASE("the log tells what was erased") {
  Fixture f;
  f.put("a", "1");
  const auto here = f.port->last_position(f.soon());
  const auto erased = f.port->erase("a", f.soon());
  const auto changes = f.changes(here);
  REQUIRE(changes.changes.size() == 1);
  CHECK(changes.changes[0].key == "a");
  CHECK(changes.changes[0].version == erased);
  CHECK_FALSE(changes.changes[0].now);
}

TEST_CASE("who waits for a change gets it, and nothing when none comes") {
  Fixture f;
  f.put("a", "1");
  const auto here = f.port->last_position(f.soon());
  CHECK(f.changes(here, 1000, 20ms).changes.empty());
  std::jthread writer([&] {
    std::this_thread::sleep_for(50ms);
    f.put("b", "2");
  });
  const auto changes = f.changes(here, 1000, 15s);
  REQUIRE(changes.changes.size() == 1);
  CHECK(changes.changes[0].key == "b");
}

TEST_CASE("a scan gives all vectors, in parts") {
  Fixture f;
  CHECK(f.scan().empty());
  const auto versions = f.put_many(2500, "key ");
  CHECK(std::set(versions.begin(), versions.end()).size() == 2500);
  const auto all = f.scan();
  CHECK(all.size() == 2500);
  CHECK(all.contains("key 2500"));
}

TEST_CASE("who falls behind the log is told, and so is who is ahead of it") {
  Fixture f;
  f.put("first", "body");
  const auto old = f.port->last_position(f.soon());
  f.put_many(f.setup->log_length() + 2000, "key ", 1000);
  CHECK(f.changes(old).lost);
  const auto now = f.port->last_position(f.soon());
  CHECK_FALSE(f.changes(now).lost);
  CHECK(f.changes({.version = now.version + 1, .mark = now.mark}).lost);
}

TEST_CASE("two open the same vectors, and each sees the other's changes") {
  Fixture f;
  const auto other = f.setup->open();
  if (!other) return;
  f.put("a", "1");
  CHECK(other->get("a", f.soon())->body == "1");
  CHECK(other->changes({}, f.soon()).changes.at(0).key == "a");
  CHECK(other->erase("a", f.soon()));
  CHECK_FALSE(f.get("a"));
}

TEST_CASE("threads put at once, and the log has each change once") {
  Fixture f;
  test::ThreadFailures failures;
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      try {
        for (int i = 0; i < 50; ++i) f.put(std::to_string(t) + ":" + std::to_string(i), "body");
      } catch (const Error& error) {
        failures.add(error.what());
      }
    });
  }
  threads.clear();
  CHECK(failures == 0);
  const auto changes = f.changes({}).changes;
  std::set<std::string> keys;
  for (const auto& change : changes) keys.insert(change.key);
  CHECK(changes.size() == 200);
  CHECK(keys.size() == 200);
}

TEST_CASE("what goes with a content is replaced by a later version only, and forgotten for good") {
  Fixture f;
  const auto put = [&](const std::string& body, std::int64_t order) {
    const ports::OrderedEntry entry{"key", body, order};
    f.port->put_ordered(space, {&entry, 1}, f.soon());
  };
  put("second", 2);
  put("first", 1);
  CHECK(f.get("key") == "second");
  put("second, again", 2);
  CHECK(f.get("key") == "second, again");
  put("tenth", 10);  // as a number, not as text
  put("ninth", 9);
  CHECK(f.get("key") == "tenth");
  CHECK(f.changes({}).changes.back().now->body == "tenth");
  CHECK(f.port->find_space("space", f.soon()) == space);

  const std::vector<std::string> keys{"key", "never there"};
  f.port->forget(keys, f.soon());
  CHECK_FALSE(f.get("key"));
  const auto changes = f.changes({}).changes;
  REQUIRE_FALSE(changes.empty());
  CHECK(changes.back().key == "key");
  CHECK_FALSE(changes.back().now);
  put("late", 11);
  CHECK_FALSE(f.get("key"));
  f.port->forget(keys, f.soon());
  CHECK_FALSE(f.get("key"));
}

TEST_CASE("an ordered put into another space stores nothing") {
  Fixture f;
  f.put("other", "body");
  VectorSpace other = space;
  other.dimensions = 4;
  const ports::OrderedEntry entry{"key", "body", 1};
  const Error error = test::error_of([&] { f.port->put_ordered(other, {&entry, 1}, f.soon()); });
  CHECK(error.code() == ErrorCode::conflict);
  CHECK_FALSE(f.get("key"));
  f.port->put_ordered(space, {&entry, 1}, f.soon());
  CHECK(f.get("key") == "body");
}

TEST_CASE("closed vectors say so") {
  Fixture f;
  f.port->close();
  f.port->close();
  CHECK(test::error_of([&] { (void)f.get("key"); }).code() == ErrorCode::closed);
  CHECK(test::error_of([&] { f.put("key", "v"); }).code() == ErrorCode::closed);
  CHECK(test::error_of([&] { (void)f.changes({}, 1, 15s); }).code() == ErrorCode::closed);
}
