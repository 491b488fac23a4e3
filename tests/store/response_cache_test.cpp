// The cache of answers as its users see it, on every kind of response store.
#include "polystore/polystore.hpp"

#include "store/cache_test.hpp"
#include "support/child.hpp"
#include "support/errors.hpp"
#include "support/patience.hpp"
#include "support/thread_failures.hpp"

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <latch>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace polystore;
using namespace std::chrono_literals;
using test::becomes_true;
using test::CacheTest;
using test::check_refused;
using test::error_of;
using test::full_response;

TEST_CASE("a second call of one request gets the first one's answer, whole") {
  CacheTest f;
  const Response made = full_response();
  const auto generate = [&](Deadline) {
    ++f.generations;
    return made;
  };
  const Answer first = f.store.cache().get_or_generate(f.request(), generate);
  CHECK(first.source == Source::generated);
  CHECK_FALSE(first.joined);
  CHECK(*first.response == made);
  const Answer second = f.store.cache().get_or_generate(f.request(), generate);
  CHECK((second.source == Source::cache || second.source == Source::near_cache));
  CHECK(*second.response == made);
  const auto third = f.store.cache().lookup(CacheKey::of(f.request()));
  REQUIRE(third);
  CHECK(*third->response == made);
  CHECK(f.generations == 1);
}

TEST_CASE("a hit comes from the memory of the process once it was looked up") {
  CacheTest f;
  (void)f.ask(f.request());
  const CacheKey key = CacheKey::of(f.request());
  CHECK(becomes_true([&] {
    const auto found = f.store.cache().lookup(key);
    return found && found->source == Source::near_cache;
  }));
}

TEST_CASE("another request, and another tenant, has an answer of its own") {
  CacheTest f;
  CHECK(f.ask(f.request("a")) == "answer 1");
  CHECK(f.ask(f.request("b")) == "answer 2");
  Request other = f.request("a");
  other.tenant = Tenant::named("globex");
  CHECK(f.ask(other) == "answer 3");
  other.tenant = Tenant::shared();
  CHECK(f.ask(other) == "answer 4");
  CHECK(f.ask(f.request("a")) == "answer 1");
}

TEST_CASE("callers at once share one generation") {
  CacheTest f;
  std::latch entered(1);
  std::latch go_on(1);
  test::ThreadFailures failures;
  const auto slow = [&](Deadline) {
    ++f.generations;
    entered.count_down();
    go_on.wait();
    return Response{.text = "once"};
  };
  std::vector<std::jthread> threads;
  threads.emplace_back([&] { (void)f.store.cache().get_or_generate(f.request(), slow); });
  entered.wait();
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      try {
        const Answer answer = f.store.cache().get_or_generate(f.request(), slow);
        if (answer.response->text != "once") ++failures;
      } catch (const Error& error) {
        failures.add(error.what());
      }
    });
  }
  std::this_thread::sleep_for(20ms);
  go_on.count_down();
  threads.clear();
  CHECK(failures == 0);
  CHECK(f.generations == 1);
}

TEST_CASE("a stream's chunks reach its caller, those who join, and later hits alike") {
  CacheTest f;
  std::latch half(1);
  std::latch joined(1);
  const auto generate = [&](Deadline, const ChunkSink& emit) {
    ++f.generations;
    emit("It ");
    emit("is ");
    half.count_down();
    joined.wait();
    emit("sunny.");
    return Response{.finish_reason = "stop", .usage = {.completion_tokens = 3}};
  };
  using Chunks = std::vector<std::string>;
  Chunks leader;
  Chunks follower;
  {
    const std::jthread leading([&] {
      (void)f.store.cache().stream(f.request(), generate,
                                   [&](std::string_view chunk) { leader.emplace_back(chunk); });
    });
    half.wait();
    const std::jthread following([&] {
      (void)f.store.cache().stream(f.request(), generate, [&](std::string_view chunk) {
        follower.emplace_back(chunk);
        if (follower.size() == 2) joined.count_down();  // it has what came before it joined
      });
    });
  }
  const Chunks expected{"It ", "is ", "sunny."};
  CHECK(leader == expected);
  CHECK(follower == expected);
  Chunks replayed;
  const Answer hit = f.store.cache().stream(
      f.request(), generate, [&](std::string_view chunk) { replayed.emplace_back(chunk); });
  CHECK(replayed == expected);
  CHECK(hit.response->finish_reason == "stop");
  CHECK(hit.response->usage.completion_tokens == 3);
  CHECK(hit.response->text == "It is sunny.");
  CHECK(f.generations == 1);
}

TEST_CASE("a sink that throws ends its own call alone") {
  CacheTest f;
  const auto generate = [&](Deadline, const ChunkSink& emit) {
    ++f.generations;
    emit("a");
    emit("b");
    return Response{};
  };
  const ChunkSink broken = [](std::string_view) { throw std::runtime_error("no more"); };
  CHECK_THROWS_AS(f.store.cache().stream(f.request(), generate, broken), std::runtime_error);
  std::string text;
  (void)f.store.cache().stream(f.request(), generate,
                               [&](std::string_view chunk) { text += chunk; });
  CHECK(text == "ab");
  CHECK_THROWS_AS(f.store.cache().stream(f.request(), generate, broken), std::runtime_error);
  CHECK(f.generations == 1);
}

TEST_CASE("what a generator throws goes to its caller and is not stored") {
  CacheTest f;
  const auto failing = [&](Deadline) -> Response {
    ++f.generations;
    throw std::runtime_error("out of memory on the accelerator");
  };
  CHECK_THROWS_AS(f.store.cache().get_or_generate(f.request(), failing), std::runtime_error);
  CHECK_THROWS_AS(f.store.cache().get_or_generate(f.request(), failing), std::runtime_error);
  CHECK(f.generations == 2);
  CHECK(f.ask(f.request()) == "answer 3");
}

TEST_CASE("a failure is remembered only where that is asked for") {
  CacheTest f;
  const CachePolicy remembering{.negative_ttl = 1h};
  const auto failing = [&](Deadline) -> Response {
    ++f.generations;
    throw Error({.code = ErrorCode::overloaded, .message = "the model is busy"});
  };
  for (int i = 0; i < 3; ++i) {
    const Error error =
        error_of([&] { (void)f.store.cache().get_or_generate(f.request(), failing, remembering); });
    CHECK(error.code() == ErrorCode::overloaded);
  }
  CHECK(f.generations == 1);
  CHECK_FALSE(f.store.cache().lookup(CacheKey::of(f.request())));
  CHECK(f.ask(f.request()) == "answer 2");
}

TEST_CASE("an answer is gone when its time is over") {
  CacheTest f;
  const CachePolicy brief{.ttl = 250ms};
  CHECK(f.ask(f.request(), brief) == "answer 1");
  std::this_thread::sleep_for(260ms);
  CHECK_FALSE(f.store.cache().lookup(CacheKey::of(f.request())));
  CHECK(f.ask(f.request(), brief) == "answer 2");
}

TEST_CASE("a stale answer is given while it is made anew") {
  CacheTest f;
  const CachePolicy policy{.ttl = 100ms, .ttl_jitter = 0, .stale_for = 1h};
  CHECK(f.ask(f.request(), policy) == "answer 1");
  std::this_thread::sleep_for(120ms);
  CHECK_FALSE(f.store.cache().lookup(CacheKey::of(f.request())));
  const Answer stale = f.store.cache().get_or_generate(f.request(), f.counting(), policy);
  CHECK(stale.source == Source::stale);
  CHECK(stale.response->text == "answer 1");
  CHECK(becomes_true([&] { return f.ask(f.request(), policy) != "answer 1"; }));
  // Nobody who does not ask for stale answers gets one.
  std::this_thread::sleep_for(120ms);
  const Answer fresh = f.store.cache().get_or_generate(f.request(), f.counting());
  CHECK(fresh.source != Source::stale);
}

TEST_CASE("an answer that is dear to make is made anew before its end") {
  CacheTest f;
  const CachePolicy policy{.ttl = 1h, .ttl_jitter = 0, .early_refresh = 100};
  const auto dear = [&](Deadline) {
    return Response{.text = "answer " + std::to_string(++f.generations), .usage = {.latency = 10h}};
  };
  (void)f.store.cache().get_or_generate(f.request(), dear, policy);
  CHECK(becomes_true([&] {
    const Answer answer = f.store.cache().get_or_generate(f.request(), dear, policy);
    CHECK(answer.source != Source::generated);
    return f.generations > 1;
  }));
}

TEST_CASE("a waiter keeps its own deadline") {
  CacheTest f;
  std::latch entered(1);
  std::latch go_on(1);
  const std::jthread slow([&] {
    const auto generate = [&](Deadline) {
      entered.count_down();
      go_on.wait();
      return Response{.text = "late"};
    };
    (void)f.store.cache().get_or_generate(f.request(), generate, {}, Deadline::after(1min));
  });
  entered.wait();
  const Error error = error_of([&] {
    (void)f.store.cache().get_or_generate(f.request(), f.counting(), {}, Deadline::after(50ms));
  });
  go_on.count_down();
  CHECK(error.code() == ErrorCode::deadline_exceeded);
  CHECK(f.generations == 0);
}

TEST_CASE("bad arguments are refused by name") {
  CacheTest f;
  auto& cache = f.store.cache();
  check_refused("model", "", [&] {
    (void)cache.get_or_generate({.tenant = Tenant::shared(), .prompt = "x"}, f.counting());
  });
  check_refused("generate", "empty", [&] { (void)cache.get_or_generate(f.request(), {}); });
  check_refused("ttl", "", [&] { (void)f.ask(f.request(), {.ttl = 0ms}); });
  check_refused("ttl_jitter", "", [&] { (void)f.ask(f.request(), {.ttl_jitter = 0.9}); });
  check_refused("text", "", [&] {
    (void)cache.stream(
        f.request(),
        [](Deadline, const ChunkSink& emit) {
          emit("a");
          return Response{.text = "b"};
        },
        [](std::string_view) {});
  });
  CHECK(f.generations == 0);
}

TEST_CASE("a closed store gives no answers") {
  CacheTest f;
  f.store.cache().store_response(CacheKey::of(f.request()), full_response());
  f.store.close();
  CHECK(error_of([&] { (void)f.ask(f.request()); }).code() == ErrorCode::closed);
  CHECK(error_of([&] { (void)f.store.cache().lookup(CacheKey::of(f.request())); }).code() ==
        ErrorCode::closed);
}

TEST_CASE("a forked child gets no answers of its parent's store") {
  CacheTest f;
  (void)f.ask(f.request());
  const int status = test::child_status([&] {
    try {
      (void)f.store.cache().lookup(CacheKey::of(f.request()));
    } catch (const Error& error) {
      return error.code() == ErrorCode::closed ? 0 : 1;
    }
    return 2;
  });
  CHECK(status == 0);
  CHECK(f.ask(f.request()) == "answer 1");
}
