// What every ResponsePort promises (lib/ports/response_port.hpp), run on every backend.
#include "contract/response_contract.hpp"

#include "polystore/content_id.hpp"

#include "support/errors.hpp"
#include "support/heard_changes.hpp"
#include "support/patience.hpp"
#include "support/thread_failures.hpp"

#include <catch2/catch_test_macros.hpp>

#include <array>
#include <atomic>
#include <functional>
#include <set>
#include <string>
#include <thread>

using namespace polystore;
using namespace std::literals;
using std::chrono::milliseconds;

namespace {

ports::EntryKey key_of(std::uint8_t number) {
  ports::EntryKey key{};
  key.fill(0xA0);
  key.back() = number;
  return key;
}

ports::LeaseToken token_of(std::uint8_t number) {
  ports::LeaseToken token{};  // zeros too are bytes of a token
  token.back() = number;
  return token;
}

const auto key = key_of(1);
const auto mine = token_of(1);
const auto theirs = token_of(2);

struct Fixture {
  Fixture() {
    // Of this test alone: a server tells of the changes in all of its databases.
    const std::string store_id = ContentId::generate().to_string();
    port.start(store_id, heard);
    if (&other != &port) other.start(store_id, unheard);
  }
  ~Fixture() {
    port.close();
    other.close();
  }
  Fixture(const Fixture&) = delete;
  Fixture& operator=(const Fixture&) = delete;

  static Deadline soon() { return Deadline::after(20s); }

  ports::LeaseResult acquire(const ports::LeaseToken& token, milliseconds ttl = 1h) {
    return port.acquire(key, token, ttl, soon());
  }
  bool publish(const ports::LeaseToken& token, const std::string& envelope) {
    return port.publish(key, token, {envelope, 1h}, soon());
  }
  void store(const std::string& envelope, milliseconds ttl = 1h) {
    port.store(key, {envelope, ttl}, soon());
  }
  std::optional<ports::StoredResponse> stored() { return other.look_up(key, soon()).stored; }
  std::string envelope() {
    const auto found = stored();
    return found ? found->envelope : "(nothing)";
  }
  std::optional<std::int64_t> epoch() { return port.look_up(key, soon()).epoch; }

  std::unique_ptr<test::ResponseFixture> setup = test::ResponseFixture::make();
  test::HeardChanges heard;
  test::HeardChanges unheard;
  ports::ResponsePort& port = setup->port();
  ports::ResponsePort& other = setup->other();
};

}  // namespace

TEST_CASE("a response is stored, replaced and removed") {
  Fixture f;
  CHECK_FALSE(f.stored());
  f.store("first");
  CHECK(f.envelope() == "first");
  f.store("second");
  CHECK(f.envelope() == "second");
  CHECK_FALSE(f.other.look_up(key_of(2), Fixture::soon()).stored);
  CHECK(f.port.remove(key, Fixture::soon()));
  CHECK_FALSE(f.stored());
  CHECK_FALSE(f.port.remove(key, Fixture::soon()));
}

TEST_CASE("a look-up tells how much of the response's time is left") {
  Fixture f;
  f.store("v", 10s);
  const auto found = f.stored();
  REQUIRE(found);
  CHECK(found->remaining <= 10s);
  CHECK(found->remaining > 5s);
  f.store("v", 120ms);
  f.setup->pass(180ms);
  CHECK_FALSE(f.stored());
  CHECK_FALSE(f.port.remove(key, Fixture::soon()));
}

TEST_CASE("an envelope is any bytes, also megabytes of them") {
  Fixture f;
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  f.store(bytes);
  CHECK(f.envelope() == bytes);
  std::string large(std::size_t{24} << 20, 'v');
  large.replace(large.size() / 2, bytes.size(), bytes);
  REQUIRE(f.acquire(mine).acquired);
  CHECK(f.publish(mine, large));
  CHECK((f.envelope() == large));
  f.store(large + "2");
  CHECK((f.envelope() == large + "2"));
}

TEST_CASE("a lease has one holder, who may take it again") {
  Fixture f;
  const auto first = f.acquire(mine, 10s);
  CHECK(first.acquired);
  CHECK(first.remaining == 10s);
  const auto refused = f.acquire(theirs);
  CHECK_FALSE(refused.acquired);
  CHECK(refused.remaining <= 10s);
  CHECK(refused.remaining > 5s);
  CHECK(f.acquire(mine, 20s).acquired);
  CHECK(f.acquire(theirs).remaining > 10s);
  CHECK(f.other.acquire(key_of(2), theirs, 10s, Fixture::soon()).acquired);
  CHECK_FALSE(f.stored());
}

TEST_CASE("a lease is released by its holder alone") {
  Fixture f;
  REQUIRE(f.acquire(mine).acquired);
  f.port.release(key, theirs, Fixture::soon());
  CHECK_FALSE(f.acquire(theirs).acquired);
  f.port.release(key, mine, Fixture::soon());
  CHECK(f.acquire(theirs).acquired);
  f.port.release(key, mine, Fixture::soon());  // no longer its own
  CHECK_FALSE(f.acquire(mine).acquired);
}

TEST_CASE("a lease is renewed while it lasts, by its holder alone") {
  Fixture f;
  REQUIRE(f.acquire(mine, 150ms).acquired);
  CHECK_FALSE(f.port.renew(key, theirs, 1h, Fixture::soon()));
  CHECK(f.port.renew(key, mine, 10s, Fixture::soon()));
  f.setup->pass(200ms);
  CHECK_FALSE(f.acquire(theirs).acquired);
  CHECK(f.port.renew(key, mine, 60ms, Fixture::soon()));
  f.setup->pass(100ms);
  CHECK_FALSE(f.port.renew(key, mine, 10s, Fixture::soon()));
  CHECK(f.acquire(theirs).acquired);
  CHECK_FALSE(f.port.renew(key, mine, 10s, Fixture::soon()));
}

TEST_CASE("publishing stores the response and ends the lease") {
  Fixture f;
  REQUIRE(f.acquire(mine).acquired);
  CHECK(f.publish(mine, "made"));
  CHECK(f.envelope() == "made");
  CHECK_FALSE(f.publish(mine, "twice"));
  CHECK(f.envelope() == "made");
  CHECK(f.acquire(theirs).acquired);
}

TEST_CASE("who has no lease publishes nothing") {
  Fixture f;
  CHECK_FALSE(f.publish(mine, "never had it"));
  REQUIRE(f.acquire(mine, 60ms).acquired);
  CHECK_FALSE(f.publish(theirs, "another's"));
  f.setup->pass(100ms);
  CHECK_FALSE(f.publish(mine, "too late"));
  REQUIRE(f.acquire(theirs).acquired);
  CHECK_FALSE(f.publish(mine, "taken over"));
  CHECK_FALSE(f.stored());
  CHECK(f.publish(theirs, "theirs"));
  CHECK(f.envelope() == "theirs");
}

TEST_CASE("removing ends the lease, so that what was being made is refused") {
  Fixture f;
  REQUIRE(f.acquire(mine).acquired);
  CHECK_FALSE(f.other.remove(key, Fixture::soon()));
  CHECK_FALSE(f.publish(mine, "old"));
  CHECK_FALSE(f.port.renew(key, mine, 1h, Fixture::soon()));
  CHECK_FALSE(f.stored());
  CHECK(f.acquire(theirs).acquired);
}

TEST_CASE("storing ends the lease, so that what was being made is refused") {
  Fixture f;
  REQUIRE(f.acquire(mine).acquired);
  f.other.store(key, {"new", 1h}, Fixture::soon());
  CHECK_FALSE(f.publish(mine, "old"));
  CHECK(f.envelope() == "new");
}

TEST_CASE("the highest epoch is kept") {
  Fixture f;
  CHECK(f.epoch() == std::nullopt);
  f.port.advance_epoch(9, Fixture::soon());
  CHECK(f.epoch() == 9);
  f.other.advance_epoch(10, Fixture::soon());
  CHECK(f.epoch() == 10);
  f.port.advance_epoch(9, Fixture::soon());
  f.port.advance_epoch(10, Fixture::soon());
  CHECK(f.epoch() == 10);
  const std::int64_t large = (std::int64_t{1} << 53) + 1;  // no double
  f.port.advance_epoch(large, Fixture::soon());
  f.port.advance_epoch(large - 1, Fixture::soon());
  CHECK(f.epoch() == large);
  f.store("v");
  CHECK(f.epoch() == large);
}

TEST_CASE("a scan shows the head of every response, until the visitor has enough") {
  Fixture f;
  std::multiset<std::string> stored;
  for (int i = 0; i < 150; ++i) {
    const std::string head = "head " + std::to_string(i + 100);
    f.port.store(key_of(static_cast<std::uint8_t>(i)), {head + std::string(500, 'x'), 1h},
                 Fixture::soon());
    stored.insert(head);
  }
  REQUIRE(f.acquire(mine).acquired);  // a lease is no response
  f.port.advance_epoch(1, Fixture::soon());
  std::multiset<std::string> seen;
  CHECK(f.port.scan(
      8, [&](std::string_view head) { return seen.emplace(head), true; }, Fixture::soon()));
  CHECK(seen == stored);
  int calls = 0;
  CHECK(f.port.scan(
      8, [&](std::string_view) { return ++calls < 3; }, Fixture::soon()));
  CHECK(calls == 3);
  std::string whole;
  CHECK(f.port.scan(
      4096, [&](std::string_view head) { return whole = head, false; }, Fixture::soon()));
  CHECK(whole.size() == 508);
}

TEST_CASE("a scan of nothing is complete") {
  Fixture f;
  CHECK(f.port.scan(
      8, [](std::string_view) { return false; }, Fixture::soon()));
}

TEST_CASE("the listener hears of the changes of others") {
  Fixture f;
  REQUIRE(test::becomes_true([&] { return f.port.copies_valid_until() > Deadline::Clock::now(); }));
  const auto hears_of = [&](std::uint8_t number, const std::function<void()>& change) {
    f.heard.forget();
    change();
    return test::becomes_true([&] { return f.heard.heard_of(key_of(number)); });
  };
  CHECK(hears_of(2, [&] { f.other.store(key_of(2), {"v", 1h}, Fixture::soon()); }));
  CHECK(hears_of(3, [&] {
    CHECK(f.other.acquire(key_of(3), mine, 1h, Fixture::soon()).acquired);
    CHECK(f.other.publish(key_of(3), mine, {"v", 1h}, Fixture::soon()));
  }));
  CHECK(hears_of(2, [&] { CHECK(f.other.remove(key_of(2), Fixture::soon())); }));
  CHECK(hears_of(4, [&] { CHECK_FALSE(f.other.remove(key_of(4), Fixture::soon())); }));
  CHECK_FALSE(f.port.look_up(key_of(4), Fixture::soon()).stored);
  f.heard.forget();
  f.other.advance_epoch(5, Fixture::soon());
  CHECK(test::becomes_true([&] { return f.heard.epochs() > 0; }));
  CHECK_FALSE(f.heard.heard_of(key_of(3)));
}

TEST_CASE("of many threads one at a time has the lease") {
  Fixture f;
  std::atomic<int> acquired{0};
  std::array<std::atomic<int>, 40> holders{};
  test::ThreadFailures failures;
  std::vector<std::jthread> threads;
  for (int t = 0; t < 6; ++t) {
    threads.emplace_back([&, t] {
      const auto token = token_of(static_cast<std::uint8_t>(t));
      auto& port = t % 2 == 0 ? f.port : f.other;
      for (int i = 0; i < 40; ++i) {
        const auto entry = key_of(static_cast<std::uint8_t>(i));
        try {
          if (!port.acquire(entry, token, 1h, Fixture::soon()).acquired) continue;
          ++acquired;
          if (++holders[static_cast<std::size_t>(i)] != 1) ++failures;
          const std::string envelope = std::to_string(i) + ":" + std::to_string(t);
          --holders[static_cast<std::size_t>(i)];
          if (!port.publish(entry, token, {envelope, 1h}, Fixture::soon())) ++failures;
          // Others may have taken the lease and published since: any of theirs, but whole.
          const auto found = port.look_up(entry, Fixture::soon()).stored;
          if (!found || !found->envelope.starts_with(std::to_string(i) + ":")) ++failures;
        } catch (const Error& error) {
          failures.add(error.what());
        }
      }
    });
  }
  threads.clear();
  CHECK(failures == 0);
  CHECK(acquired >= 40);
}

TEST_CASE("a closed port says so and its copies are not valid") {
  Fixture f;
  f.port.close();
  f.port.close();
  const auto code_of = [](const std::function<void()>& call) {
    return test::error_of(call).code();
  };
  const auto soon = Fixture::soon();
  CHECK(code_of([&] { (void)f.port.look_up(key, soon); }) == ErrorCode::closed);
  CHECK(code_of([&] { (void)f.acquire(mine); }) == ErrorCode::closed);
  CHECK(code_of([&] { (void)f.port.renew(key, mine, 1h, soon); }) == ErrorCode::closed);
  CHECK(code_of([&] { (void)f.publish(mine, "v"); }) == ErrorCode::closed);
  CHECK(code_of([&] { f.port.release(key, mine, soon); }) == ErrorCode::closed);
  CHECK(code_of([&] { f.store("v"); }) == ErrorCode::closed);
  CHECK(code_of([&] { (void)f.port.remove(key, soon); }) == ErrorCode::closed);
  CHECK(code_of([&] { f.port.advance_epoch(1, soon); }) == ErrorCode::closed);
  CHECK(code_of([&] {
          (void)f.port.scan(
              8, [](std::string_view) { return true; }, soon);
        }) == ErrorCode::closed);
  CHECK(f.port.copies_valid_until() <= Deadline::Clock::now());
}
