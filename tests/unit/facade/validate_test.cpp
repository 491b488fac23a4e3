#include "facade/validate.hpp"

#include "polystore/limits.hpp"

#include "support/errors.hpp"

#include <catch2/catch_test_macros.hpp>

#include <functional>
#include <string>

using namespace polystore;
using namespace std::chrono_literals;
using facade::checked_draft;
using facade::checked_query;
using test::check_refused;

namespace {

Draft good_draft() { return {.title = "title", .model = "model", .user_id = 1}; }

void check_draft_refused(std::string_view field, std::string_view told,
                         const std::function<void(Draft&)>& change) {
  Draft draft = good_draft();
  change(draft);
  check_refused(field, told, [&] { (void)checked_draft(draft); });
}

std::string repeat(std::string_view text, std::size_t times) {
  std::string result;
  for (std::size_t i = 0; i < times; ++i) result += text;
  return result;
}

}  // namespace

TEST_CASE("a title has 1 to 255 characters, counted as characters") {
  Draft draft = good_draft();
  draft.title = repeat("é", 255);
  CHECK(checked_draft(draft).title == draft.title);
  check_draft_refused("title", "must not be empty", [](Draft& d) { d.title.clear(); });
  check_draft_refused("title", "has 256 characters, the limit is 255",
                      [](Draft& d) { d.title = repeat("é", 256); });
}

TEST_CASE("every text field is UTF-8 without NUL") {
  for (const std::string& bad :
       {std::string("a\xff"), std::string("a\0b", 3), std::string("\xed\xa0\x80")}) {
    const std::string_view told = "must be UTF-8 without a NUL";
    check_draft_refused("title", told, [&](Draft& d) { d.title = bad; });
    check_draft_refused("model", told, [&](Draft& d) { d.model = bad; });
    check_draft_refused("tags", told, [&](Draft& d) { d.tags = {"good", bad}; });
    check_refused("name", told, [&] { facade::check_text("ensure_user", "name", bad, 255); });
    check_refused("model", told, [&] { (void)checked_query({.model = bad}); });
    check_refused("tags", told, [&] { (void)checked_query({.tags = {bad}}); });
    check_refused("title_words", told, [&] { (void)checked_query({.title_words = bad}); });
    check_refused("key", told, [&] { facade::check_response_key("get", bad); });
  }
}

TEST_CASE("the other fields of a draft have limits too") {
  check_draft_refused("model", "must not be empty", [](Draft& d) { d.model.clear(); });
  check_draft_refused("model", "the limit is 255", [](Draft& d) { d.model = repeat("m", 256); });
  check_draft_refused("user_id", "1 or more", [](Draft& d) { d.user_id = 0; });
  check_draft_refused("user_id", "1 or more", [](Draft& d) { d.user_id = -5; });
  check_draft_refused("tags", "more than 64", [](Draft& d) { d.tags.assign(65, "t"); });
  check_draft_refused("tags", "must not be empty", [](Draft& d) { d.tags = {""}; });
  check_draft_refused("tags", "the limit is 100", [](Draft& d) { d.tags = {repeat("t", 101)}; });
  check_draft_refused("usage", "negative", [](Draft& d) { d.usage.prompt_tokens = -1; });
  check_draft_refused("usage", "negative", [](Draft& d) { d.usage.latency = -1us; });
  check_draft_refused("id", "is nil", [](Draft& d) { d.id = ContentId(); });
  check_draft_refused("generated_at", "years 1 to 9999",
                      [](Draft& d) { d.generated_at = Timestamp::max(); });
  check_draft_refused("generated_at", "years 1 to 9999",
                      [](Draft& d) { d.generated_at = Timestamp::min(); });
}

TEST_CASE("tags come out sorted, each once") {
  Draft draft = good_draft();
  draft.tags = {"b", "a", "b"};
  CHECK(checked_draft(draft).tags == std::vector<std::string>{"a", "b"});
}

TEST_CASE("a query is checked and folded") {
  check_refused("limit", "1 to 1000", [] { (void)checked_query({.limit = 0}); });
  check_refused("limit", "1 to 1000", [] { (void)checked_query({.limit = 1001}); });
  check_refused("user_id", "1 or more", [] { (void)checked_query({.user_id = 0}); });
  check_refused("since", "years", [] { (void)checked_query({.since = Timestamp::min()}); });
  check_refused("until", "years", [] { (void)checked_query({.until = Timestamp::max()}); });
  check_refused("title_words", "no letter", [] { (void)checked_query({.title_words = "?!"}); });
  check_refused("after", "leave it out", [] { (void)checked_query({.after = Cursor{"x"}}); });
  CHECK(checked_query({.title_words = "News, AI!"}).title_words ==
        std::vector<std::string>{"ai", "news"});
  CHECK(checked_query({}).limit == 50);
}

TEST_CASE("a response has a key, a size and a time to live within limits") {
  check_refused("key", "must not be empty", [] { facade::check_response_key("get", ""); });
  check_refused("key", "the limit is 512",
                [] { facade::check_response_key("get", repeat("k", 513)); });
  facade::check_response_key("get", repeat("k", 512));
  for (const auto ttl : {0ms, -1ms, std::chrono::milliseconds(limits::longest_ttl) + 1ms,
                         std::chrono::milliseconds::max(), std::chrono::milliseconds::min()}) {
    check_refused("ttl", "1 millisecond to", [&] { facade::check_response("v", ttl); });
  }
  facade::check_response("", 1ms);
  facade::check_response("v", limits::longest_ttl);
  const std::string large(limits::response_bytes + 1, 'x');
  check_refused("value", "the limit is 67108864", [&] { facade::check_response(large, 1s); });
}

TEST_CASE("a batch has a limit") {
  facade::check_batch("put_many", limits::items_per_batch);
  check_refused("items", "more than 1000", [] { facade::check_batch("put_many", 1001); });
}
