// The semantic cache as its users see it, with an embedder whose angles are known.
#include "polystore/polystore.hpp"

#include "store/setup.hpp"
#include "support/errors.hpp"
#include "support/patience.hpp"

#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <cmath>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace polystore;
using namespace polystore::test;
using namespace std::chrono_literals;

namespace {

// Texts as directions in a plane, in degrees.
const std::map<std::string, double, std::less<>> directions{
    {"how do I boil an egg?", 0}, {"how does one boil an egg?", 4}, {"how is an egg boiled?", 9},
    {"how do I fry an egg?", -9}, {"how do I boil 2 eggs?", 1},     {"how do I boil 3 eggs?", 1},
    {"what is the capital?", 90}, {"an egg, boiled: how?", 6},
};

std::vector<float> embed(std::string_view text, Deadline /*deadline*/) {
  const auto found = directions.find(text);
  if (found == directions.end()) throw std::runtime_error("no model for this");
  const double angle = found->second * 3.14159265358979 / 180;
  return {static_cast<float>(std::cos(angle)), static_cast<float>(std::sin(angle))};
}

SemanticOptions options() {
  return {.embedder = embed,
          .embedder_model = "plane",
          .threshold = std::cos(10 * 3.14159265358979 / 180),
          .budget = 1000ms};
}

Request asked(const std::string& text, const std::string& tenant = "ada") {
  return {
      .tenant = Tenant::named(tenant),
      .model = "model",
      .messages = {{.role = "system", .content = "Be brief."}, {.role = "user", .content = text}},
      .sampling = {.temperature = 0.0},
      .tags = {"eggs"}};
}

struct Fixture {
  // What is answered, and whose answer it is; an answer is made where there is none.
  SemanticAnswer ask(SemanticCache& by, const Request& request) {
    return by.get_or_generate(request, [&](Deadline) {
      ++made;
      return Response{.text = "answer to " + request.messages.back().content};
    });
  }
  SemanticAnswer ask(const Request& request) { return ask(cache, request); }
  bool is_hit(SemanticCache& by, const Request& request) {
    return ask(by, request).answer.source == Source::semantic;
  }
  bool is_hit(const Request& request) { return is_hit(cache, request); }

  std::unique_ptr<StoreSetup> setup = StoreSetup::make();
  ContentStore store = ContentStore::open(setup->options());
  SemanticCache cache{store, options()};
  std::atomic<int> made{0};
};

}  // namespace

TEST_CASE("a request in other words gets the answer that is there, and whose it is") {
  Fixture f;
  const Request first = asked("how do I boil an egg?");
  CHECK(f.ask(first).answer.source == Source::generated);
  CHECK(f.ask(first).answer.source != Source::generated);
  const auto other = f.ask(asked("how does one boil an egg?"));
  CHECK(other.answer.source == Source::semantic);
  CHECK(other.answer.response->text == "answer to how do I boil an egg?");
  REQUIRE(other.hit);
  CHECK(other.hit->text == "how do I boil an egg?");
  CHECK(other.hit->entry == CacheKey::of(first).to_string());
  CHECK(other.hit->similarity == Catch::Approx(std::cos(4 * 3.14159265358979 / 180)));
  CHECK(f.made == 1);
  CHECK(f.ask(asked("what is the capital?")).answer.source == Source::generated);
  CHECK(f.cache.status().hits == 1);
  CHECK(f.cache.status().misses == 2);
  CHECK(f.store.metrics().total.semantic_hits == 1);
}

TEST_CASE("the nearest request is the hit") {
  Fixture f;
  f.ask(asked("how does one boil an egg?"));
  f.ask(asked("how do I fry an egg?"));
  const auto found = f.ask(asked("how do I boil an egg?"));
  REQUIRE(found.hit);
  CHECK(found.hit->text == "how does one boil an egg?");
}

TEST_CASE("nothing is shared where the requests differ in anything but the text") {
  Fixture f;
  f.ask(asked("how do I boil an egg?"));
  Request other = asked("how does one boil an egg?", "bob");
  CHECK_FALSE(f.is_hit(other));
  other = asked("how does one boil an egg?");
  other.model = "another";
  CHECK_FALSE(f.is_hit(other));
  other = asked("how does one boil an egg?");
  other.messages.front().content = "Be thorough.";
  CHECK_FALSE(f.is_hit(other));
  other = asked("how does one boil an egg?");
  other.user_id = 7;
  CHECK_FALSE(f.is_hit(other));
  other = asked("how does one boil an egg?");
  other.messages.front().role = "user";
  CHECK_FALSE(f.is_hit(other));
  CHECK(f.is_hit(asked("how does one boil an egg?")));
}

TEST_CASE("requests that depend on chance or tools have answers of their own") {
  Fixture f;
  const auto with = [](const std::string& text, const auto& change) {
    Request request = asked(text);
    change(request);
    return request;
  };
  const auto check_alone = [&](const auto& change) {
    f.ask(with("how do I boil an egg?", change));
    CHECK_FALSE(f.is_hit(with("how does one boil an egg?", change)));
  };
  check_alone([](Request& request) { request.sampling.temperature = 0.7; });
  check_alone([](Request& request) { request.sampling.temperature.reset(); });
  check_alone([](Request& request) { request.tools = "[{}]"; });
  check_alone([](Request& request) { request.messages.back().extra = R"({"image":"1"})"; });
  CHECK(f.cache.status().misses == 0);
}

TEST_CASE("texts that differ in a number share no answer, however near they are") {
  Fixture f;
  f.ask(asked("how do I boil 2 eggs?"));
  CHECK_FALSE(f.is_hit(asked("how do I boil 3 eggs?")));
  CHECK(f.cache.status().refused_by_guard == 1);
}

TEST_CASE("a false hit that was reported is none any more, in every process, for good") {
  Fixture f;
  ContentStore other_store = ContentStore::open(f.setup->options());
  SemanticCache other(other_store, options());
  f.ask(asked("how do I boil an egg?"));
  const Request wrong = asked("an egg, boiled: how?");
  const auto hit = f.ask(wrong).hit;
  REQUIRE(hit);
  f.cache.report_false_hit(wrong, *hit);
  f.cache.report_false_hit(wrong, *hit);
  f.store.cache().invalidate(CacheKey::of(wrong));
  CHECK_FALSE(f.is_hit(wrong));
  CHECK(f.cache.status().refused_by_feedback == 1);
  // What is nearer to the false hit than to the entry is none of the entry's; the rest is.
  const auto near_the_false_hit = f.ask(asked("how is an egg boiled?")).hit;
  CHECK((!near_the_false_hit || near_the_false_hit->text == "an egg, boiled: how?"));
  CHECK(f.is_hit(asked("how do I fry an egg?")));

  f.store.cache().invalidate(CacheKey::of(wrong));
  CHECK(becomes_true([&] {
    const bool refused = !f.is_hit(other, wrong);
    f.store.cache().invalidate(CacheKey::of(wrong));
    return refused;
  }));
  ContentStore later_store = ContentStore::open(f.setup->options());
  SemanticCache later(later_store, options());
  CHECK_FALSE(f.is_hit(later, wrong));
}

TEST_CASE("an answer that was invalidated or whose time is over is no hit") {
  Fixture f;
  f.ask(asked("how do I boil an egg?"));
  CHECK(f.is_hit(asked("how does one boil an egg?")));
  f.store.cache().invalidate(Scope::tag(Tenant::named("ada"), "eggs"));
  CHECK_FALSE(f.is_hit(asked("how does one boil an egg?")));
}

TEST_CASE("a text whose answer has ended is removed by whoever comes across it, or who added it") {
  Fixture f;
  const Request brief = asked("how do I fry an egg?");
  const VectorName name{
      .tenant = brief.tenant, .id = CacheKey::of(brief).to_string(), .space = "semantic"};
  const auto let_it_end = [&](SemanticCache& by) {
    (void)by.get_or_generate(brief, [](Deadline) { return Response{.text = "brief"}; },
                             {.ttl = 1s, .ttl_jitter = 0});
    CHECK(f.store.vectors().get(name));
    std::this_thread::sleep_for(1050ms);
    CHECK(f.store.vectors().get(name));
  };
  SemanticCache other(f.store, options());
  let_it_end(other);
  CHECK_FALSE(f.is_hit(asked("how do I boil an egg?")));
  CHECK_FALSE(f.store.vectors().get(name));
  f.store.cache().invalidate(Scope::tag(brief.tenant, "eggs"));
  let_it_end(f.cache);
  CHECK_FALSE(f.is_hit(asked("what is the capital?")));
  CHECK_FALSE(f.store.vectors().get(name));
}

TEST_CASE("an embedder that fails costs hits, one that gives no embedding is told of") {
  Fixture f;
  CHECK(f.ask(asked("no direction")).answer.source == Source::generated);
  CHECK(f.cache.status().failures == 1);
  f.ask(asked("how do I boil an egg?"));
  SemanticOptions wrong = options();
  wrong.embedder = [](std::string_view, Deadline) { return std::vector<float>{1, 2, 3}; };
  SemanticCache other(f.store, wrong);
  check_refused("query", "", [&] { f.ask(other, asked("how does one boil an egg?")); });
}

TEST_CASE("bad options of a semantic cache, and hits that are none, are refused") {
  Fixture f;
  const auto refused = [&](const std::string& field, const auto& change) {
    SemanticOptions bad = options();
    change(bad);
    check_refused(field, "must", [&] { SemanticCache(f.store, bad); });
  };
  refused("embedder", [](SemanticOptions& bad) { bad.embedder = {}; });
  refused("embedder_model", [](SemanticOptions& bad) { bad.embedder_model = ""; });
  refused("threshold", [](SemanticOptions& bad) { bad.threshold = 1.1; });
  refused("threshold", [](SemanticOptions& bad) { bad.threshold = std::nan(""); });
  refused("max_temperature", [](SemanticOptions& bad) { bad.max_temperature = -1; });
  refused("candidates", [](SemanticOptions& bad) { bad.candidates = 17; });
  refused("budget", [](SemanticOptions& bad) { bad.budget = 0ms; });
  refused("deadline", [](SemanticOptions& bad) { bad.deadline = 2h; });
  const Request request = asked("how do I boil an egg?");
  check_refused("entry", "", [&] {
    f.cache.report_false_hit(request, {.entry = "x", .text = "how do I fry an egg?"});
  });
  Request chance = request;
  chance.sampling.temperature = 1;
  check_refused("request", "", [&] { f.cache.report_false_hit(chance, {}); });
}
