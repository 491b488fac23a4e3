#include "polystore/cache_key.hpp"

#include "values/scope_name.hpp"

#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <set>
#include <string>
#include <vector>

using namespace polystore;

TEST_CASE("a tenant is shared or has a name, also an empty one") {
  CHECK(Tenant::shared().is_shared());
  CHECK(Tenant::shared().name().empty());
  CHECK_FALSE(Tenant::named("").is_shared());
  CHECK(Tenant::named("acme").name() == "acme");
  CHECK(Tenant::named("acme") == Tenant::named("acme"));
  CHECK(Tenant::named("") != Tenant::shared());
}

TEST_CASE("scopes that are not the same thing have other names or hashes") {
  const Tenant acme = Tenant::named("acme");
  const std::vector scopes{Scope::all(),
                           Scope::tenant(Tenant::shared()),
                           Scope::tenant(Tenant::named("")),
                           Scope::tenant(acme),
                           Scope::model("acme"),
                           Scope::model("=acme"),
                           Scope::model("7"),
                           Scope::user(7),
                           Scope::user(77),
                           Scope::tag(acme, "news"),
                           Scope::tag(Tenant::named("acmen"), "ews"),
                           Scope::tag(Tenant::shared(), "news"),
                           Scope::tag(Tenant::shared(), "=acme"),
                           Scope::tag(Tenant::named(""), "news"),
                           Scope::tag(acme, "")};
  std::set<std::uint64_t> hashes;
  for (const auto& scope : scopes) hashes.insert(scope.hash());
  CHECK(hashes.size() == scopes.size());
  CHECK(Scope::tag(acme, "news") == Scope::tag(Tenant::named("acme"), "news"));
}

TEST_CASE("the bytes of scopes and their hashes are those of docs/cache-key.md") {
  CHECK(Scope::all().name().empty());
  CHECK(Scope::tenant(Tenant::shared()).name() == "s");
  CHECK(Scope::tenant(Tenant::named("Größe")).name() == "nGröße");
  CHECK(Scope::model("GPT-4").name() == "GPT-4");
  CHECK(Scope::user(1023).name() == "1023");
  CHECK(Scope::tag(Tenant::shared(), "news").name() == "1:snews");
  CHECK(Scope::tag(Tenant::named("acme"), "news").name() == "5:nacmenews");
  // FNV's published values: of "a" and of "foobar".
  CHECK(values::scope_hash(static_cast<Scope::Kind>('a'), "") == 0xaf63dc4c8601ec8cULL);
  CHECK(values::scope_hash(static_cast<Scope::Kind>('f'), "oobar") == 0x85944171f73967e8ULL);
  CHECK(Scope::user(1023).hash() == values::scope_hash(Scope::Kind::user, "1023"));
}
