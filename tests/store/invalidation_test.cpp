// What an invalidation of cached answers reaches, on every kind of response store.
#include "polystore/polystore.hpp"

#include "store/cache_test.hpp"

#include <catch2/catch_test_macros.hpp>

#include <latch>
#include <string>
#include <thread>
#include <vector>

using namespace polystore;
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
