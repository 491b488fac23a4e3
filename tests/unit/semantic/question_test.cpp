#include "semantic/question.hpp"

#include "polystore/limits.hpp"

#include "semantic/entry.hpp"

#include <catch2/catch_test_macros.hpp>

#include <functional>
#include <string>
#include <vector>

using namespace polystore;
using semantic::question_of;

namespace {

Request prompt(const std::string& text) {
  return {
      .tenant = Tenant::named("t"), .model = "m", .prompt = text, .sampling = {.temperature = 0.0}};
}

Request chat(const std::string& text) {
  return {.tenant = Tenant::named("t"),
          .model = "m",
          .messages = {{.role = "system", .content = "s"}, {.role = "user", .content = text}},
          .sampling = {.temperature = 0.0}};
}

}  // namespace

TEST_CASE("the question is the one text, and its partition all else") {
  for (const auto& make : {prompt, chat}) {
    const auto first = question_of(make("one"), 0);
    const auto second = question_of(make("two"), 0);
    REQUIRE(first);
    REQUIRE(second);
    CHECK(first->text == "one");
    CHECK(first->partition == second->partition);
    CHECK(first->partition.size() == 64);
    CHECK(semantic::with_text(make("one"), "two") == make("two"));
  }
  CHECK(question_of(prompt("one"), 0)->partition != question_of(chat("one"), 0)->partition);
}

TEST_CASE("every field but the text makes another partition") {
  const auto partition = question_of(chat("one"), 1)->partition;
  const std::vector<std::function<void(Request&)>> changes{
      [](Request& request) { request.tenant = Tenant::shared(); },
      [](Request& request) { request.model = "n"; },
      [](Request& request) { request.messages[0].content = "other"; },
      [](Request& request) { request.messages[0].name = "other"; },
      [](Request& request) { request.messages[0].extra = R"({"a":1})"; },
      [](Request& request) { request.messages[1].role = "human"; },
      [](Request& request) { request.messages[1].name = "other"; },
      [](Request& request) { request.messages.erase(request.messages.begin()); },
      [](Request& request) { request.sampling.temperature = 0.5; },
      [](Request& request) { request.sampling.max_tokens = 5; },
      [](Request& request) { request.sampling.stop = {"x"}; },
      [](Request& request) { request.sampling.extra = R"({"a":1})"; },
      [](Request& request) { request.response_format = R"({"a":1})"; },
      [](Request& request) { request.context = R"({"a":1})"; },
      [](Request& request) { request.user_id = 1; },
      [](Request& request) { request.tags = {"x"}; },
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    INFO(i);
    Request request = chat("one");
    changes[i](request);
    const auto question = question_of(request, 1);
    REQUIRE(question);
    CHECK(question->partition != partition);
  }
}

TEST_CASE("a request has no question where its answer must be its own") {
  const std::vector<std::function<void(Request&)>> changes{
      [](Request& request) { request.sampling.temperature = 0.1; },
      [](Request& request) { request.sampling.temperature.reset(); },
      [](Request& request) { request.tools = "[]"; },
      [](Request& request) { request.tool_choice = R"("auto")"; },
      [](Request& request) { request.prompt = "as well"; },
      [](Request& request) { request.messages[1].extra = R"({"a":1})"; },
      [](Request& request) { request.messages[1].role = "system"; },
      [](Request& request) { request.messages[0].role = "assistant"; },
      [](Request& request) { request.messages.push_back({.role = "user", .content = "more"}); },
      [](Request& request) { request.messages[1].content = ""; },
      [](Request& request) { request.messages[1].content.assign(70'000, 'x'); },
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    INFO(i);
    Request request = chat("one");
    changes[i](request);
    CHECK_FALSE(question_of(request, 0));
  }
}

TEST_CASE("what is kept with a vector is read back, and what is none is none") {
  using namespace std::chrono_literals;
  const semantic::Entry entry{.until = Timestamp(1'800'000'000'123ms), .text = "a text"};
  const auto payload = semantic::encode_entry(entry);
  const auto back = semantic::decode_entry(payload);
  REQUIRE(back);
  CHECK(back->until == entry.until);
  CHECK(back->text == entry.text);
  CHECK(payload.substr(8) == "a text");
  CHECK(static_cast<unsigned char>(payload[0]) == (1'800'000'000'123 & 0xFF));
  CHECK_FALSE(semantic::decode_entry("7 bytes"));
  CHECK(semantic::decode_entry(std::string(8, '\xff')));
}
