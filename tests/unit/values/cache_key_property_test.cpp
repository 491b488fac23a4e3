// That two requests share a key only if they say the same: each part of a request is changed, and
// bytes are moved from one part to the next.
#include "polystore/cache_key.hpp"

#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

using namespace polystore;

namespace {

using Random = std::mt19937_64;
using Change = std::function<void(Request&, Random&)>;

std::string key_of(const Request& request) { return CacheKey::of(request).to_string(); }

std::size_t below(Random& random, std::size_t bound) {
  return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random);
}

std::string random_text(Random& random) {
  static const std::vector<std::string> parts{"a",      "b",  "\n",   "{", "\"", "\x01", "é", "ệ",
                                              "\u0301", "漢", "🙂", "0", " ",  "\x7f", "s", "n"};
  std::string text;
  for (std::size_t length = below(random, 12); length > 0; --length) {
    text += parts[below(random, parts.size())];
  }
  return text;
}

std::string random_name(Random& random) { return "x" + random_text(random); }

std::string random_json(Random& random) {
  return below(random, 2) == 0 ? "" : R"({"v":)" + std::to_string(random()) + "}";
}

template <class T>
std::optional<T> random_number(Random& random) {
  if (below(random, 2) == 0) return std::nullopt;
  return static_cast<T>(below(random, 1000));
}

Message random_message(Random& random) {
  return {.role = random_text(random),
          .content = random_text(random),
          .name = random_text(random),
          .extra = random_json(random)};
}

Sampling random_sampling(Random& random) {
  Sampling sampling{.temperature = random_number<double>(random),
                    .top_p = random_number<double>(random),
                    .min_p = random_number<double>(random),
                    .typical_p = random_number<double>(random),
                    .presence_penalty = random_number<double>(random),
                    .frequency_penalty = random_number<double>(random),
                    .repetition_penalty = random_number<double>(random),
                    .top_k = random_number<std::int64_t>(random),
                    .max_tokens = random_number<std::int64_t>(random),
                    .seed = random_number<std::int64_t>(random),
                    .extra = random_json(random)};
  for (std::size_t i = below(random, 4); i > 0; --i) sampling.stop.push_back(random_text(random));
  return sampling;
}

Request random_request(Random& random) {
  Request request{
      .tenant = below(random, 4) == 0 ? Tenant::shared() : Tenant::named(random_name(random)),
      .model = random_name(random),
      .prompt = random_name(random),
      .sampling = random_sampling(random),
      .tools = random_json(random),
      .tool_choice = random_json(random),
      .response_format = random_json(random),
      .context = random_json(random)};
  if (below(random, 2) == 0) request.user_id = 1 + static_cast<std::int64_t>(below(random, 1000));
  for (std::size_t i = below(random, 4); i > 0; --i) {
    request.messages.push_back(random_message(random));
  }
  for (std::size_t i = below(random, 4); i > 0; --i) {
    request.tags.push_back(std::to_string(i) + random_text(random));
  }
  return request;
}

Message& some_message(Request& request, Random& random) {
  if (request.messages.empty()) request.messages.push_back(random_message(random));
  return request.messages[below(random, request.messages.size())];
}

// Appends, inserts in front, or (where something is left) cuts off; never what NFC would undo.
void change_text(std::string& text, Random& random) {
  const std::size_t way = below(random, 3);
  if (way == 0) {
    text += "Q";
  } else if (way == 1 || text.size() < 2 || text[0] != 'x') {
    text.insert(0, "Q");
  } else {
    text.erase(0, 1);
    text += "x";
    if (text.front() == 'x') text += "Q";
  }
}

void change_json(std::string& json, Random& random) {
  json = json.empty() ? "{}" : (below(random, 2) == 0 ? "" : R"({"v":"other"})");
}

template <class T>
void change_number(std::optional<T>& number, Random& random) {
  if (!number) {
    number = T{0};
  } else if (below(random, 2) == 0) {
    number.reset();
  } else {
    *number += T{1};
  }
}

// One for each member of Request and Message; members that are lists have more.
const std::map<std::string, Change>& request_changes() {
  static const std::map<std::string, Change> changes{
      {"tenant, its name",
       [](Request& r, Random&) { r.tenant = Tenant::named(r.tenant.name() + "Q"); }},
      {"tenant, shared or not",
       [](Request& r, Random&) {
         r.tenant = r.tenant.is_shared() ? Tenant::named("s") : Tenant::shared();
       }},
      {"model", [](Request& r, Random& random) { change_text(r.model, random); }},
      {"prompt", [](Request& r, Random& random) { change_text(r.prompt, random); }},
      {"messages, one more",
       [](Request& r, Random& random) { r.messages.push_back(random_message(random)); }},
      {"messages, an empty one more", [](Request& r, Random&) { r.messages.emplace_back(); }},
      {"messages, their order",
       [](Request& r, Random&) {
         r.messages.insert(r.messages.begin(), {.role = "first"});
         r.messages.push_back({.role = "last"});
         std::swap(r.messages.front(), r.messages.back());
       }},
      {"role", [](Request& r, Random& x) { change_text(some_message(r, x).role, x); }},
      {"content", [](Request& r, Random& x) { change_text(some_message(r, x).content, x); }},
      {"name", [](Request& r, Random& x) { change_text(some_message(r, x).name, x); }},
      {"extra", [](Request& r, Random& x) { change_json(some_message(r, x).extra, x); }},
      {"tools", [](Request& r, Random& random) { change_json(r.tools, random); }},
      {"tool_choice", [](Request& r, Random& random) { change_json(r.tool_choice, random); }},
      {"response_format", [](Request& r, Random& x) { change_json(r.response_format, x); }},
      {"context", [](Request& r, Random& random) { change_json(r.context, random); }},
      {"user_id",
       [](Request& r, Random& random) {
         if (r.user_id)
           change_number(r.user_id, random);
         else
           r.user_id = 1;
       }},
      {"tags, one more", [](Request& r, Random&) { r.tags.emplace_back("another"); }},
      {"tags, another",
       [](Request& r, Random& random) {
         if (r.tags.empty()) r.tags.emplace_back("one");
         r.tags[below(random, r.tags.size())] += "Q";
       }},
  };
  return changes;
}

// One for each member of Sampling.
const std::map<std::string, Change>& sampling_changes() {
  static const std::map<std::string, Change> changes{
      {"temperature", [](Request& r, Random& x) { change_number(r.sampling.temperature, x); }},
      {"top_p", [](Request& r, Random& x) { change_number(r.sampling.top_p, x); }},
      {"min_p", [](Request& r, Random& x) { change_number(r.sampling.min_p, x); }},
      {"typical_p", [](Request& r, Random& x) { change_number(r.sampling.typical_p, x); }},
      {"presence", [](Request& r, Random& x) { change_number(r.sampling.presence_penalty, x); }},
      {"frequency", [](Request& r, Random& x) { change_number(r.sampling.frequency_penalty, x); }},
      {"repetition",
       [](Request& r, Random& x) { change_number(r.sampling.repetition_penalty, x); }},
      {"top_k", [](Request& r, Random& x) { change_number(r.sampling.top_k, x); }},
      {"max_tokens", [](Request& r, Random& x) { change_number(r.sampling.max_tokens, x); }},
      {"seed", [](Request& r, Random& x) { change_number(r.sampling.seed, x); }},
      {"stop, one more", [](Request& r, Random&) { r.sampling.stop.emplace_back(); }},
      {"stop, another",
       [](Request& r, Random& random) {
         if (r.sampling.stop.empty()) r.sampling.stop.emplace_back();
         change_text(r.sampling.stop[below(random, r.sampling.stop.size())], random);
       }},
      {"stop, the order",
       [](Request& r, Random&) {
         r.sampling.stop.insert(r.sampling.stop.begin(), "last");
         r.sampling.stop.emplace_back("first");
       }},
      {"sampling.extra", [](Request& r, Random& x) { change_json(r.sampling.extra, x); }},
  };
  return changes;
}

}  // namespace

TEST_CASE("a new member of a request fails to compile here until it is changed above") {
  const Request request{.tenant = Tenant::shared()};
  [[maybe_unused]] const auto& [tenant, model, prompt, messages, sampling, tools, tool_choice,
                                response_format, context, user_id, tags] = request;
  const Message message;
  [[maybe_unused]] const auto& [role, content, name, message_extra] = message;
  [[maybe_unused]] const auto& [temperature, top_p, min_p, typical_p, presence_penalty,
                                frequency_penalty, repetition_penalty, top_k, max_tokens, seed,
                                stop, sampling_extra] = sampling;
  CHECK(tags.empty());
}

TEST_CASE("a request with any part changed has another key") {
  Random random(20261125);
  for (int round = 0; round < 100; ++round) {
    const Request request = random_request(random);
    const std::string key = key_of(request);
    CHECK(key == key_of(Request(request)));
    for (const auto* changes : {&request_changes(), &sampling_changes()}) {
      for (const auto& [name, change] : *changes) {
        Request changed = request;
        change(changed, random);
        if (key_of(changed) == key) FAIL("round " << round << ": " << name);
      }
    }
  }
}

TEST_CASE("random requests share no keys") {
  Random random(7);
  std::map<std::string, Request> seen;
  for (int round = 0; round < 2'000; ++round) {
    const Request request = random_request(random);
    const auto [place, fresh] = seen.emplace(key_of(request), request);
    if (!fresh && place->second != request) FAIL("round " << round);
  }
  CHECK(seen.size() > 1'900);
}

TEST_CASE("a byte that moves over a border makes another key") {
  const Request base{.tenant = Tenant::named("ta"),
                     .model = "mb",
                     .prompt = "pc",
                     .messages = {{.role = "rd", .content = "ce", .name = "nf"},
                                  {.role = "rg", .content = "ch", .name = "ni"}},
                     .sampling = {.stop = {"sj", "sk"}},
                     .tags = {"al", "bm"}};
  const auto texts = [](Request& r) {
    return std::vector<std::string*>{
        &r.model,
        &r.prompt,
        &r.messages[0].role,
        &r.messages[0].content,
        &r.messages[0].name,
        &r.messages[1].role,
        &r.messages[1].content,
        &r.messages[1].name,
        &r.sampling.stop[0],
        &r.sampling.stop[1],
        &r.tags[0],
        &r.tags[1],
    };
  };
  std::map<std::string, std::string> keys{{key_of(base), "base"}};
  const auto check_fresh = [&](const Request& request, const std::string& what) {
    const auto [place, fresh] = keys.emplace(key_of(request), what);
    if (!fresh) FAIL(what << " has the key of " << place->second);
  };
  Request moved = base;
  const std::size_t count = texts(moved).size();
  for (std::size_t i = 0; i + 1 < count; ++i) {
    moved = base;
    std::string& left = *texts(moved)[i];
    texts(moved)[i + 1]->insert(0, 1, left.back());
    left.pop_back();
    check_fresh(moved, "a byte from text " + std::to_string(i));
  }
  moved = base;
  moved.tenant = Tenant::named("t");
  moved.model = "amb";
  check_fresh(moved, "a byte from tenant to model");
  moved = base;
  moved.messages[0].name += moved.messages[1].role + moved.messages[1].content;
  moved.messages.pop_back();
  check_fresh(moved, "two messages as one");
  moved = base;
  moved.sampling.stop = {"sjsk"};
  check_fresh(moved, "two stop strings as one");
  moved = base;
  moved.sampling.stop = {"sj"};
  moved.tags = {"sk", "al", "bm"};
  check_fresh(moved, "a stop string as a tag");
  moved = base;
  moved.prompt.clear();
  moved.messages.insert(moved.messages.begin(), {.content = "pc"});
  check_fresh(moved, "the prompt as a message");
}

TEST_CASE("a value that moves to the next field of its kind makes another key") {
  const auto base = [] {
    return Request{.tenant = Tenant::shared(), .model = "m", .prompt = "p", .messages = {{}}};
  };
  std::map<std::string, std::size_t> keys{{key_of(base()), 0}};
  const std::vector<std::function<void(Request&)>> sets{
      [](Request& r) { r.sampling.temperature = 1; },
      [](Request& r) { r.sampling.top_p = 1; },
      [](Request& r) { r.sampling.min_p = 1; },
      [](Request& r) { r.sampling.typical_p = 1; },
      [](Request& r) { r.sampling.presence_penalty = 1; },
      [](Request& r) { r.sampling.frequency_penalty = 1; },
      [](Request& r) { r.sampling.repetition_penalty = 1; },
      [](Request& r) { r.sampling.top_k = 1; },
      [](Request& r) { r.sampling.max_tokens = 1; },
      [](Request& r) { r.sampling.seed = 1; },
      [](Request& r) { r.user_id = 1; },
      [](Request& r) { r.messages[0].extra = "{}"; },
      [](Request& r) { r.sampling.extra = "{}"; },
      [](Request& r) { r.tools = "{}"; },
      [](Request& r) { r.tool_choice = "{}"; },
      [](Request& r) { r.response_format = "{}"; },
      [](Request& r) { r.context = "{}"; },
  };
  for (const auto& set : sets) {
    Request request = base();
    set(request);
    CHECK(keys.emplace(key_of(request), keys.size()).second);
  }
}
