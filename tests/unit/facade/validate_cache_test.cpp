#include "facade/validate_cache.hpp"

#include "polystore/limits.hpp"

#include "support/errors.hpp"
#include "values/check_response.hpp"

#include <catch2/catch_test_macros.hpp>

#include <functional>
#include <limits>
#include <string>

using namespace polystore;
using namespace std::chrono_literals;
using test::check_refused;

namespace {

void check_response_refused(std::string_view field, std::string_view told,
                            const Response& response) {
  check_refused(field, told, [&] { values::check_response("store a response", response); });
}

void check_policy_refused(std::string_view field, std::string_view told,
                          const std::function<void(CachePolicy&)>& change) {
  CachePolicy policy;
  change(policy);
  check_refused(field, told, [&] { facade::check_policy("get or generate", policy); });
}

void check_scope_refused(std::string_view told, const Scope& scope) {
  check_refused("scope", told, [&] { facade::check_scope("invalidate", scope); });
}

}  // namespace

TEST_CASE("a response is taken up to its limits") {
  values::check_response("", {});
  values::check_response("", {.text = "\xff any bytes"});
  values::check_response("", {.text = "abc", .chunk_ends = {0, 1, 1, 3}});
  values::check_response("", {.finish_reason = std::string(64, 'r')});
  values::check_response("", {.content_id = ContentId::generate()});
  Response largest{.text = std::string(limits::response_bytes, 'x')};
  largest.chunk_ends.assign(limits::chunks_per_response, largest.text.size());
  values::check_response("", largest);

  largest.chunk_ends.push_back(largest.text.size());
  check_response_refused("chunk_ends", "are 1048577, the limit is 1048576", largest);
  largest.chunk_ends.clear();
  largest.text += "x";
  check_response_refused("text", "the limit is 67108864", largest);
}

TEST_CASE("a response that is wrong is refused with the field at fault") {
  check_response_refused("chunk_ends", "must ascend", {.text = "abc", .chunk_ends = {2, 1, 3}});
  check_response_refused("chunk_ends", "end of the text", {.text = "abc", .chunk_ends = {1, 2}});
  check_response_refused("chunk_ends", "end of the text", {.text = "abc", .chunk_ends = {4}});
  check_response_refused("chunk_ends", "end of the text", {.chunk_ends = {1}});
  check_response_refused("finish_reason", "has 65 bytes, the limit is 64",
                         {.finish_reason = std::string(65, 'r')});
  check_response_refused("finish_reason", "UTF-8", {.finish_reason = "\xff"});
  check_response_refused("finish_reason", "NUL", {.finish_reason = std::string("\0", 1)});
  check_response_refused("usage", "negative", {.usage = {.prompt_tokens = -1}});
  check_response_refused("usage", "negative", {.usage = {.completion_tokens = -1}});
  check_response_refused("usage", "negative", {.usage = {.latency = -1us}});
  check_response_refused("content_id", "is nil", {.content_id = ContentId()});
}

TEST_CASE("a policy has ranges") {
  facade::check_policy("", {});
  facade::check_policy("", {.ttl = 1ms, .ttl_jitter = 0, .early_refresh = 100});
  facade::check_policy("", {.ttl = limits::longest_ttl,
                            .ttl_jitter = 0.5,
                            .stale_for = limits::longest_ttl,
                            .negative_ttl = limits::longest_ttl});
  for (const auto span : {-1ms, std::chrono::milliseconds(limits::longest_ttl) + 1ms,
                          std::chrono::milliseconds::max(), std::chrono::milliseconds::min()}) {
    check_policy_refused("ttl", "1 milliseconds to", [&](CachePolicy& p) { p.ttl = span; });
    check_policy_refused("stale_for", "0 milliseconds to",
                         [&](CachePolicy& p) { p.stale_for = span; });
    check_policy_refused("negative_ttl", "0 milliseconds to",
                         [&](CachePolicy& p) { p.negative_ttl = span; });
  }
  check_policy_refused("ttl", "1 milliseconds to", [](CachePolicy& p) { p.ttl = 0ms; });
  constexpr double nothing = std::numeric_limits<double>::quiet_NaN();
  constexpr double endless = std::numeric_limits<double>::infinity();
  for (const double share : {-0.1, 0.51, nothing, endless}) {
    check_policy_refused("ttl_jitter", "0 to 0.5", [&](CachePolicy& p) { p.ttl_jitter = share; });
  }
  for (const double beta : {-0.1, 100.1, nothing, endless}) {
    check_policy_refused("early_refresh", "0 to 100",
                         [&](CachePolicy& p) { p.early_refresh = beta; });
  }
}

TEST_CASE("a scope is made of names within limits") {
  const Tenant longest = Tenant::named(std::string(255, 't'));
  for (const Scope& scope :
       {Scope::all(), Scope::tenant(Tenant::shared()), Scope::tenant(longest),
        Scope::model(std::string(255, 'm')), Scope::user(1),
        Scope::user(std::numeric_limits<std::int64_t>::max()), Scope::tag(Tenant::shared(), "5:t"),
        Scope::tag(longest, std::string(100, 't'))}) {
    CHECK_NOTHROW(facade::check_scope("invalidate", scope));
  }
  const std::string bad = "a\xff";
  check_scope_refused("must not be empty", Scope::tenant(Tenant::named("")));
  check_scope_refused("the limit is 255", Scope::tenant(Tenant::named(std::string(256, 't'))));
  check_scope_refused("must be UTF-8", Scope::tenant(Tenant::named(bad)));
  check_scope_refused("must not be empty", Scope::model(""));
  check_scope_refused("the limit is 255", Scope::model(std::string(256, 'm')));
  check_scope_refused("must be UTF-8", Scope::model(bad));
  check_scope_refused("1 or more", Scope::user(0));
  check_scope_refused("1 or more", Scope::user(-1));
  check_scope_refused("must not be empty", Scope::tag(Tenant::shared(), ""));
  check_scope_refused("must not be empty", Scope::tag(Tenant::named(""), "t"));
  check_scope_refused("the limit is 100", Scope::tag(Tenant::shared(), std::string(101, 't')));
  check_scope_refused("the limit is 255", Scope::tag(Tenant::named(std::string(256, 't')), "t"));
  check_scope_refused("must be UTF-8", Scope::tag(Tenant::named(bad), "t"));
  check_scope_refused("must be UTF-8", Scope::tag(Tenant::shared(), bad));
}
