// What an invalidation of cached answers reaches, on every kind of response store.
#include "polystore/polystore.hpp"

#include "store/cache_test.hpp"
#include "support/errors.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <cstdint>
#include <latch>
#include <string>
#include <thread>
#include <vector>

using namespace polystore;
using namespace std::chrono_literals;
using test::CacheTest;
using test::full_response;

TEST_CASE("store_response and invalidate act on one request") {
  CacheTest f;
  const CacheKey key = CacheKey::of(f.request("a"));
  const CacheKey other = CacheKey::of(f.request("b"));
  const Response made = full_response();
  f.store.cache().store_response(key, made);
  f.store.cache().store_response(other, made);
  CHECK(*f.store.cache().lookup(key)->response == made);
  CHECK(f.store.cache().invalidate(key));
  CHECK_FALSE(f.store.cache().lookup(key));
  CHECK_FALSE(f.store.cache().invalidate(key));
  CHECK(f.store.cache().lookup(other));
}

TEST_CASE("an invalidated answer that is being made is not given to later callers") {
  CacheTest f;
  std::latch entered(1);
  std::latch go_on(1);
  std::string first;
  {
    const std::jthread slow([&] {
      const auto generate = [&](Deadline) {
        entered.count_down();
        go_on.wait();
        return Response{.text = "old"};
      };
      first = f.store.cache().get_or_generate(f.request(), generate).response->text;
    });
    entered.wait();
    SECTION("by its key") { (void)f.store.cache().invalidate(CacheKey::of(f.request())); }
    SECTION("by a scope") { (void)f.store.cache().invalidate(Scope::model("m-1")); }
    CHECK(f.ask(f.request()) == "answer 1");
    go_on.count_down();
  }
  CHECK(first == "old");
  CHECK(f.ask(f.request()) == "answer 1");
}

TEST_CASE("a scope's answers go, all of them and no other") {
  CacheTest f;
  Request asked = f.request("in all scopes");
  asked.user_id = 7;
  asked.tags = {"news", "paris"};
  const std::vector<Scope> scopes{Scope::all(), Scope::tenant(asked.tenant), Scope::model("m-1"),
                                  Scope::user(7), Scope::tag(asked.tenant, "paris")};
  Request elsewhere{.tenant = Tenant::named("globex"), .model = "m-2", .prompt = "x"};
  elsewhere.user_id = 8;
  elsewhere.tags = {"paris"};
  int made = 0;
  for (const Scope& scope : scopes) {
    const std::string one = f.ask(asked);
    const std::string two = f.ask(elsewhere);
    made = f.generations;
    CHECK(f.ask(asked) == one);
    const auto counted = f.store.cache().count(scope);
    CHECK(counted.complete);
    CHECK(counted.entries == (scope.kind() == Scope::Kind::all ? 2U : 1U));
    CHECK(f.ask(asked) == one);  // counting removes nothing
    (void)f.store.cache().invalidate(scope);
    CHECK(f.store.cache().count(scope).entries == 0);
    CHECK(f.ask(asked) != one);
    CHECK((f.ask(elsewhere) == two) == (scope.kind() != Scope::Kind::all));
  }
  CHECK(f.generations > made);
}

TEST_CASE("an invalidation is known to a store that is opened later") {
  CacheTest f;
  const std::string before = f.ask(f.request());
  (void)f.store.cache().invalidate(Scope::tenant(Tenant::named("acme")));
  f.store.close();
  f.store = ContentStore::open(CacheTest::options_on(*f.setup));
  CHECK(f.ask(f.request()) != before);
}

TEST_CASE("another store hears of an invalidation before it is acknowledged") {
  CacheTest f;
  ContentStore other = ContentStore::open(CacheTest::options_on(*f.setup));
  const CacheKey key = CacheKey::of(f.request());
  for (int round = 0; round < 3; ++round) {
    const std::string old = f.ask(f.request());
    const auto theirs = other.cache().get_or_generate(f.request(), f.counting());
    (void)other.cache().lookup(key);  // it has a copy of its own from here on
    (void)f.store.cache().invalidate(Scope::model("m-1"));
    const auto found = other.cache().lookup(key);
    CHECK((!found || found->response->text != theirs.response->text));
    CHECK(f.ask(f.request()) != old);
  }
}

namespace {

// So that all that was recorded before goes.
std::uint64_t forget_all(ContentStore& store) {
  (void)store.cache().forget_invalidations(1ms);
  std::this_thread::sleep_for(3ms);
  return store.cache().forget_invalidations(1ms);
}

}  // namespace

TEST_CASE("what an invalidation removed stays removed once it is forgotten") {
  CacheTest f;
  Request asked = f.request("asked");
  asked.user_id = 7;
  Request other = f.request("other");
  other.user_id = 8;
  const std::string first = f.ask(asked);
  const std::string kept = f.ask(other);
  (void)f.store.cache().invalidate(Scope::user(7));
  const std::string second = f.ask(asked);
  CHECK(second != first);
  CHECK(forget_all(f.store) == 1);
  CHECK(forget_all(f.store) == 0);
  // The first one is stored under the key that is the request's again.
  const std::string third = f.ask(asked);
  CHECK(third != first);
  CHECK(f.ask(asked) == third);
  CHECK(f.ask(other) != kept);  // as old as what was forgotten: nobody can tell it apart
  // So it is for a store that never knew of the invalidation, and one that is told of it.
  ContentStore later = ContentStore::open(CacheTest::options_on(*f.setup));
  CHECK(later.cache().get_or_generate(asked, f.counting()).response->text != first);
  (void)f.store.cache().invalidate(Scope::user(7));
  CHECK(f.ask(asked) != third);
}

TEST_CASE("another process agrees on what is forgotten") {
  CacheTest f;
  const OpenOptions options = CacheTest::options_on(*f.setup);
  if (!options.responses.starts_with("redis")) SKIP("each process has answers of its own");
  ContentStore other = ContentStore::open(options);
  const auto theirs = [&] {
    return other.cache().get_or_generate(f.request(), f.counting()).response->text;
  };
  CHECK(f.ask(f.request()) == theirs());
  (void)f.store.cache().invalidate(Scope::model("m-1"));
  CHECK(f.ask(f.request()) == theirs());
  CHECK(forget_all(f.store) == 1);
  // Under one key: each has what the other made, and not what the other removed.
  const std::string third = f.ask(f.request());
  CHECK(theirs() == third);
  CHECK(other.cache().invalidate(CacheKey::of(f.request())));
  CHECK(f.ask(f.request()) != third);
  CHECK(f.ask(f.request()) == theirs());
}

TEST_CASE("an answer whose making began before an invalidation that is forgotten is not kept") {
  CacheTest f;
  const auto generate = [&](Deadline) {
    (void)f.store.cache().invalidate(Scope::model("m-1"));
    CHECK(forget_all(f.store) == 1);
    return Response{.text = "old"};
  };
  CHECK(f.store.cache().get_or_generate(f.request(), generate).response->text == "old");
  CHECK(f.ask(f.request()) == "answer 1");
  CHECK(f.ask(f.request()) == "answer 1");
}

TEST_CASE("invalidations that are forgotten at a bad age are refused by name") {
  CacheTest f;
  for (const auto age : {std::chrono::milliseconds(0), std::chrono::milliseconds(-1),
                         std::chrono::milliseconds::max()}) {
    const Error error = test::error_of([&] { (void)f.store.cache().forget_invalidations(age); });
    CHECK(error.code() == ErrorCode::invalid_argument);
    CHECK(error.field() == "age");
  }
}
