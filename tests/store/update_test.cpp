#include "polystore/polystore.hpp"

#include "store/setup.hpp"
#include "support/errors.hpp"
#include "support/thread_failures.hpp"

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

using namespace polystore;
using namespace std::chrono_literals;
using test::check_refused;
using test::error_of;

namespace {

using Fixture = test::OpenedStore;

Draft draft() {
  return {.title = "First words",
          .model = "small",
          .user_id = 1,
          .output = Document::from_json(R"({"count":0})"),
          .tags = {"a", "b"},
          .usage = {.prompt_tokens = 3, .completion_tokens = 4, .latency = 5us},
          .generated_at = Timestamp(1'700'000'000'123ms),
          .id = ContentId::generate()};
}

std::int64_t count_of(const Content& content) {
  return content.output.get_integer("count").value_or(-1);
}

Document counted(std::int64_t count) {
  return Document::from_json(R"({"count":)" + std::to_string(count) + "}");
}

}  // namespace

TEST_CASE("an update changes the fields it names, for every reader, and no other") {
  Fixture f;
  const ContentId id = f.store.put(draft());
  Content expected = *f.store.get(id);

  expected.metadata.title = "Other Wörter 🙂";
  expected.metadata.version = 2;
  CHECK(f.store.update(id, {.title = expected.metadata.title}) == expected.metadata);
  CHECK(f.store.get(id) == expected);
  CHECK(f.store.find({.title_words = "other"}).items == std::vector{expected.metadata});
  CHECK(f.store.find({.title_words = "first"}).items.empty());

  expected.metadata.model = "large";
  expected.metadata.tags = {"b", "z"};
  expected.metadata.usage = {.prompt_tokens = 9, .completion_tokens = 0, .latency = 1us};
  expected.metadata.version = 3;
  expected.output = Document::from_json(R"({"count":1,"new":[true]})");
  CHECK(f.store.update(id, {.model = "large",
                            .tags = std::vector<std::string>{"z", "b", "z"},
                            .usage = expected.metadata.usage,
                            .output = expected.output}) == expected.metadata);
  CHECK(f.store.get(id) == expected);
  auto other = ContentStore::open(f.setup->options());
  CHECK(other.get(id) == expected);
  CHECK(other.find({.model = "large", .tags = {"z"}}).items == std::vector{expected.metadata});
  CHECK(other.find({.tags = {"a"}}).items.empty());
  CHECK(f.store.maintenance().outbox_status().pending == 0);
}

TEST_CASE("tags and an output can be emptied by an update") {
  Fixture f;
  const ContentId id = f.store.put(draft());
  f.store.update(id, {.tags = std::vector<std::string>{}, .output = Document()});
  CHECK(f.store.get(id)->metadata.tags.empty());
  CHECK(f.store.get(id)->output == Document());
  CHECK(f.store.find({}).items.front().tags.empty());
}

TEST_CASE("a bad patch is refused whole, before anything is written") {
  Fixture f;
  const ContentId id = f.store.put(draft());
  check_refused("patch", "at least one field", [&] { f.store.update(id, {}); });
  check_refused("patch", "at least one field",
                [&] { f.store.update(id, {.expected_version = 1}); });
  check_refused("title", "must not be empty", [&] { f.store.update(id, {.title = ""}); });
  check_refused("title", "limit is 255",
                [&] { f.store.update(id, {.title = std::string(256, 't')}); });
  check_refused("model", "UTF-8", [&] { f.store.update(id, {.model = "\xff"}); });
  check_refused("tags", "UTF-8",
                [&] { f.store.update(id, {.tags = std::vector{std::string("\0", 1)}}); });
  check_refused("usage", "negative",
                [&] { f.store.update(id, {.usage = Usage{.prompt_tokens = -1}}); });
  check_refused("expected_version", "1 or more",
                [&] { f.store.update(id, {.title = "t", .expected_version = 0}); });
  const std::string large(limits::content_bytes - 64, 'x');
  check_refused("output", "16777216 bytes", [&] {
    f.store.update(id, {.output = Document::from_json(R"({"text":")" + large + R"("})")});
  });
  CHECK(f.store.get(id)->metadata.version == 1);
}

TEST_CASE("an update of what is not there, or not as expected, changes nothing") {
  Fixture f;
  const ContentId id = f.store.put(draft());
  const Patch patch{.title = "new"};
  for (const bool erased : {false, true}) {
    const ContentId absent = erased ? id : ContentId::generate();
    if (erased) {
      f.store.update(id, {.title = "two", .expected_version = 1});
      const Error error =
          error_of([&] { f.store.update(id, {.title = "again", .expected_version = 1}); });
      CHECK(error.code() == ErrorCode::conflict);
      CHECK(error.field() == "expected_version");
      CHECK(error.outcome() == Outcome::not_applied);
      CHECK(f.store.get(id)->metadata.title == "two");
      f.store.erase(id);
    }
    const Error error = error_of([&] { f.store.update(absent, patch); });
    CHECK(error.code() == ErrorCode::not_found);
    CHECK(error.field() == "id");
    CHECK_FALSE(f.store.get(absent));
  }
  CHECK(f.store.find({}).items.empty());
}

TEST_CASE("a repeated put is a success also after an update, and does not undo it") {
  Fixture f;
  const Draft first = draft();
  f.store.put(first);
  f.store.update(*first.id, {.title = "changed"});
  CHECK(f.store.put(first) == *first.id);
  CHECK(f.store.get(*first.id)->metadata.title == "changed");
  Draft as_changed = first;
  as_changed.title = "changed";
  CHECK(error_of([&] { f.store.put(as_changed); }).code() == ErrorCode::conflict);
}

TEST_CASE("a large output is changed as a whole") {
  Fixture f;
  const ContentId id = f.store.put(draft());
  const auto large = Document::from_json(R"({"text":")" +
                                         std::string(limits::content_bytes - 1024, 'x') + R"("})");
  f.store.update(id, {.output = large}, Deadline::after(60s));
  CHECK(f.store.get(id, Deadline::after(60s))->output == large);
}

TEST_CASE("read, change and update with the expected version loses no update") {
  Fixture f;
  const ContentId id = f.store.put(draft());
  test::ThreadFailures wrong;
  std::atomic<int> conflicts{0};
  constexpr int threads_count = 4;
  constexpr int steps = 12;
  std::vector<std::jthread> threads;
  for (int t = 0; t < threads_count; ++t) {
    threads.emplace_back([&] {
      try {
        for (int done = 0; done < steps;) {
          const auto seen = *f.store.get(id, Deadline::after(60s));
          try {
            f.store.update(
                id,
                {.output = counted(count_of(seen) + 1), .expected_version = seen.metadata.version},
                Deadline::after(60s));
            ++done;
          } catch (const Error& error) {
            if (error.code() != ErrorCode::conflict) throw;
            ++conflicts;
          }
        }
      } catch (const std::exception& error) {
        wrong.add(error.what());
      }
    });
  }
  threads.clear();
  CHECK(wrong == 0);
  CHECK(count_of(*f.store.get(id)) == threads_count * steps);
  CHECK(f.store.get(id)->metadata.version == threads_count * steps + 1);
  f.store.maintenance().relay();
  CHECK(count_of(*f.store.get(id)) == threads_count * steps);
  CHECK(f.store.maintenance().outbox_status().pending == 0);
}

TEST_CASE("updates of different fields at once all take effect, while readers and relays run") {
  Fixture f;
  const ContentId id = f.store.put(draft());
  test::ThreadFailures wrong;
  std::atomic<bool> stop{false};
  const auto run = [&](auto&& body) {
    return std::jthread([&wrong, body] {
      try {
        body();
      } catch (const std::exception& error) {
        wrong.add(error.what());
      }
    });
  };
  std::vector<std::jthread> background;
  background.push_back(run([&] {
    for (std::int64_t last = 0; !stop;) {
      const auto seen = f.store.get(id, Deadline::after(60s));
      if (!seen || seen->metadata.version < last) ++wrong;
      if (seen) last = seen->metadata.version;
    }
  }));
  background.push_back(run([&] {
    while (!stop) f.store.maintenance().relay(Deadline::after(60s));
  }));
  std::vector<std::jthread> updaters;
  constexpr int steps = 15;
  updaters.push_back(run([&] {
    for (int i = 1; i <= steps; ++i) {
      f.store.update(id, {.title = "title " + std::to_string(i)}, Deadline::after(60s));
    }
  }));
  updaters.push_back(run([&] {
    for (int i = 1; i <= steps; ++i) {
      f.store.update(id, {.output = counted(i)}, Deadline::after(60s));
    }
  }));
  updaters.clear();
  stop = true;
  background.clear();
  CHECK(wrong == 0);
  const auto last = *f.store.get(id);
  CHECK(last.metadata.version == 2 * steps + 1);
  CHECK(last.metadata.title == "title " + std::to_string(steps));
  CHECK(count_of(last) == steps);
}

TEST_CASE("an erase among updates is final") {
  Fixture f;
  for (int round = 0; round < 5; ++round) {
    const ContentId id = f.store.put(draft());
    test::ThreadFailures wrong;
    std::atomic<int> updates{0};
    std::vector<std::jthread> threads;
    for (int t = 0; t < 2; ++t) {
      threads.emplace_back([&] {
        try {
          for (;;) {
            f.store.update(id, {.output = counted(updates)}, Deadline::after(60s));
            ++updates;
          }
        } catch (const Error& error) {
          if (error.code() != ErrorCode::not_found) wrong.add(error.what());
        }
      });
    }
    while (updates < 3 && wrong == 0) std::this_thread::sleep_for(1ms);
    CHECK(f.store.erase(id, Deadline::after(60s)).found);
    threads.clear();
    CHECK(wrong == 0);
    CHECK_FALSE(f.store.get(id));
    CHECK(error_of([&] { f.store.update(id, {.title = "t"}); }).code() == ErrorCode::not_found);
  }
  f.store.maintenance().relay();
  CHECK(f.store.maintenance().outbox_status().pending == 0);
  CHECK(f.store.find({}).items.empty());
}
