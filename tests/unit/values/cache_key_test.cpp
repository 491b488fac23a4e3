#include "polystore/cache_key.hpp"

#include "polystore/limits.hpp"

#include "support/errors.hpp"
#include "unit/values/vectors.hpp"
#include "values/entry_key.hpp"
#include "values/scope_name.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <functional>
#include <limits>
#include <map>
#include <string>

using namespace polystore;
using test::check_refused;
using test::Json;

namespace {

Request sample() { return {.tenant = Tenant::shared(), .model = "m", .prompt = "hello"}; }

void check_request_refused(std::string_view field, std::string_view told,
                           const std::function<void(Request&)>& change) {
  Request request = sample();
  change(request);
  check_refused(field, told, [&] { (void)CacheKey::of(request); });
}

Scope scope_of(const Json& scope) {
  const std::string kind = scope.at("kind");
  const Tenant tenant = test::tenant_of(scope);
  if (kind == "tenant") return Scope::tenant(tenant);
  if (kind == "model") return Scope::model(scope.at("model"));
  if (kind == "user") return Scope::user(scope.at("user"));
  if (kind == "tag") return Scope::tag(tenant, scope.at("tag"));
  return Scope::all();
}

std::string nested(std::size_t levels) {
  return std::string(levels, '[') + std::string(levels, ']');
}

}  // namespace

TEST_CASE("keys and scopes are those of the documented vectors") {
  std::map<std::string, std::string> keys;
  for (const Json& vector : test::vectors().at("requests")) {
    INFO(vector.at("about"));
    const CacheKey key = CacheKey::of(test::request_of(vector.at("request")));
    CHECK(key.to_string() == vector.at("key"));
    std::vector<std::uint64_t> scopes;
    for (const Json& scope : vector.at("scopes")) scopes.push_back(test::hash_of(scope));
    CHECK(std::ranges::equal(key.scopes(), scopes));
    keys.emplace(vector.at("same"), key.to_string());
  }
  CHECK(keys.size() >= 20);
}

TEST_CASE("names and hashes of scopes are those of the documented vectors") {
  for (const Json& vector : test::vectors().at("scopes")) {
    const Scope scope = scope_of(vector.at("scope"));
    CHECK(scope.name() == vector.at("name"));
    CHECK(scope.hash() == test::hash_of(vector.at("hash")));
  }
}

TEST_CASE("entry keys are those of the documented vectors") {
  for (const Json& vector : test::vectors().at("entry_keys")) {
    CacheKey::Digest digest{};
    const std::string bytes = test::from_hex(vector.at("key"));
    std::copy(bytes.begin(), bytes.end(), digest.begin());
    std::vector<values::EpochInForce> epochs;
    for (const Json& epoch : vector.at("epochs")) {
      epochs.push_back({.scope = test::hash_of(epoch.at(0)), .epoch = epoch.at(1)});
    }
    const auto made = values::entry_key(digest, epochs);
    CHECK(std::string(made.begin(), made.end()) == test::from_hex(vector.at("entry_key")));
  }
}

TEST_CASE("JSON that no other reader would take for sure is refused") {
  for (const Json& source : test::vectors().at("refused_json")) {
    check_request_refused("context", "", [&](Request& r) { r.context = source; });
  }
}

TEST_CASE("a request is in the scopes that invalidate it") {
  Request request = sample();
  request.tenant = Tenant::named("Socie\u0301te\u0301");
  request.user_id = 7;
  request.tags = {"b", "\u00e9t\u00e9", "b"};
  const CacheKey key = CacheKey::of(request);
  const Tenant tenant = Tenant::named("Soci\u00e9t\u00e9");
  const std::vector<Scope> scopes{
      Scope::all(),   Scope::tenant(tenant),   Scope::model("m"),
      Scope::user(7), Scope::tag(tenant, "b"), Scope::tag(tenant, "e\u0301te\u0301")};
  CHECK(key.scopes().size() == scopes.size());
  CHECK(std::ranges::is_sorted(key.scopes()));
  for (const Scope& scope : scopes) CHECK(std::ranges::count(key.scopes(), scope.hash()) == 1);
  for (const Scope& other :
       {Scope::tenant(Tenant::shared()), Scope::user(8), Scope::tag(Tenant::shared(), "b"),
        Scope::model("b"), Scope::tag(tenant, "a")}) {
    CHECK(std::ranges::count(key.scopes(), other.hash()) == 0);
  }
}

TEST_CASE("the name of a tag's scope comes apart again") {
  for (const Tenant& tenant : {Tenant::shared(), Tenant::named("a:b"), Tenant::named("1:")}) {
    const Scope scope = Scope::tag(tenant, "2:t");
    const auto parts = values::split_tag_scope_name(scope.name());
    REQUIRE(parts);
    CHECK(parts->tenant_scope == Scope::tenant(tenant).name());
    CHECK(parts->tag == "2:t");
  }
  for (const std::string_view bad : {"", ":", "s", "1", "2:s", "-1:s", "99999999999999999999:s"}) {
    CHECK_FALSE(values::split_tag_scope_name(bad));
  }
}

TEST_CASE("text in a request is UTF-8 without NUL, and the field is named") {
  for (const std::string& bad :
       {std::string("a\xff"), std::string("a\0b", 3), std::string("\xed\xa0\x80"),
        std::string("\0", 1), std::string("12345678\0", 9), std::string("12345678\x80")}) {
    const std::string_view told = "must be UTF-8 without a NUL";
    check_request_refused("tenant", told, [&](Request& r) { r.tenant = Tenant::named(bad); });
    check_request_refused("model", told, [&](Request& r) { r.model = bad; });
    check_request_refused("prompt", told, [&](Request& r) { r.prompt = bad; });
    check_request_refused("messages[1].role", told, [&](Request& r) {
      r.messages = {{}, {.role = bad}};
    });
    check_request_refused("messages[0].content", told,
                          [&](Request& r) { r.messages = {{.content = bad}}; });
    check_request_refused("messages[0].name", told,
                          [&](Request& r) { r.messages = {{.name = bad}}; });
    check_request_refused("sampling.stop[1]", told, [&](Request& r) {
      r.sampling.stop = {"", bad};
    });
    check_request_refused("tags[1]", told, [&](Request& r) { r.tags = {"good", bad}; });
  }
}

TEST_CASE("a request has limits") {
  check_request_refused("tenant", "must not be empty",
                        [](Request& r) { r.tenant = Tenant::named(""); });
  check_request_refused("tenant", "has 256 characters, the limit is 255",
                        [](Request& r) { r.tenant = Tenant::named(std::string(256, 't')); });
  check_request_refused("model", "must not be empty", [](Request& r) { r.model.clear(); });
  check_request_refused("model", "the limit is 255",
                        [](Request& r) { r.model = std::string(256, 'm'); });
  check_request_refused("prompt", "there are no messages", [](Request& r) { r.prompt.clear(); });
  check_request_refused("user_id", "1 or more", [](Request& r) { r.user_id = 0; });
  check_request_refused("tags", "are 65, the limit is 64",
                        [](Request& r) { r.tags.assign(65, "t"); });
  check_request_refused("tags[0]", "must not be empty", [](Request& r) { r.tags = {""}; });
  check_request_refused("tags[1]", "the limit is 100", [](Request& r) {
    r.tags = {"t", std::string(101, 't')};
  });
  check_request_refused("messages", "are 10001, the limit is 10000",
                        [](Request& r) { r.messages.resize(limits::messages_per_request + 1); });
  check_request_refused("sampling.stop", "are 1001, the limit is 1000",
                        [](Request& r) { r.sampling.stop.resize(limits::stops_per_request + 1); });
  check_request_refused("request", "the limit is 67108864", [](Request& r) {
    r.prompt = std::string(limits::request_bytes / 2, 'x');
    r.context = std::string(limits::request_bytes / 2, ' ');
  });
  Request most = sample();
  most.tenant = Tenant::named(std::string(255, 't'));
  most.tags.clear();
  for (std::size_t i = 0; i < limits::tags_per_request; ++i) most.tags.push_back(std::to_string(i));
  CHECK(CacheKey::of(most).scopes().size() == 3 + limits::tags_per_request);
}

TEST_CASE("numbers of sampling are finite, and the parameter is named") {
  const std::map<std::string, std::optional<double> Sampling::*> numbers{
      {"sampling.temperature", &Sampling::temperature},
      {"sampling.top_p", &Sampling::top_p},
      {"sampling.min_p", &Sampling::min_p},
      {"sampling.typical_p", &Sampling::typical_p},
      {"sampling.presence_penalty", &Sampling::presence_penalty},
      {"sampling.frequency_penalty", &Sampling::frequency_penalty},
      {"sampling.repetition_penalty", &Sampling::repetition_penalty}};
  for (const auto& [field, number] : numbers) {
    for (const double bad :
         {std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity(),
          std::numeric_limits<double>::quiet_NaN()}) {
      check_request_refused(field, "must be a finite number",
                            [&](Request& r) { r.sampling.*number = bad; });
    }
  }
}

TEST_CASE("JSON that is wrong is refused with its field and its byte") {
  const std::map<std::string, std::function<void(Request&, std::string)>> fields{
      {"messages[0].extra", [](Request& r, std::string json) { r.messages = {{.extra = json}}; }},
      {"sampling.extra", [](Request& r, std::string json) { r.sampling.extra = json; }},
      {"tools", [](Request& r, std::string json) { r.tools = json; }},
      {"tool_choice", [](Request& r, std::string json) { r.tool_choice = json; }},
      {"response_format", [](Request& r, std::string json) { r.response_format = json; }},
      {"context", [](Request& r, std::string json) { r.context = json; }}};
  for (const auto& [field, set] : fields) {
    const auto refused = [&, set = set](std::string_view told, const std::string& json) {
      check_request_refused(field, told, [&](Request& r) { set(r, json); });
    };
    refused("stopped at byte 6", R"({"a":secret})");
    refused("a field name twice", R"({"a":{"secret":1,"b":2,"s\u0065cret":3}})");
    refused("beyond 64 bits", R"({"a":18446744073709551616})");
    refused("range of a double", R"({"a":1e999})");
    refused("deeper than 128 levels", R"({"a":)" + nested(128) + "}");
    const bool only_object = field.ends_with("extra");
    for (const std::string value : {"[1]", "1", "null", "\"text\""}) {
      Request request = sample();
      set(request, value);
      if (only_object) {
        refused("must be a JSON object", value);
      } else {
        CHECK_NOTHROW(CacheKey::of(request));
      }
    }
    Request deep = sample();
    set(deep, R"({"a":)" + nested(127) + "}");
    CHECK_NOTHROW(CacheKey::of(deep));
  }
}

TEST_CASE("no text of a request is in an error") {
  for (const std::string json : {R"({"secret":secret})", R"({"secret":1,"secret":2})", "[secret"}) {
    Request request = sample();
    request.tools = json;
    const Error error = test::error_of([&] { (void)CacheKey::of(request); });
    CHECK(std::string(error.what()).find("secret") == std::string::npos);
  }
}

TEST_CASE("a large JSON makes the key that a small one does") {
  Request small = sample();
  Request large = sample();
  small.context = "[1,2]";
  large.context = "[1," + std::string(200'000, ' ') + "2]";
  CHECK(CacheKey::of(small) == CacheKey::of(large));
}
