#include "read/cache_counters.hpp"

#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

using namespace polystore;
using namespace std::chrono_literals;
using read::CacheCounters;
using read::CallEvent;
using read::ProcessEvent;

namespace {

Answer answer(Source source, const Usage& usage = {}, bool joined = false) {
  auto response = std::make_shared<Response>();
  response->usage = usage;
  return {.response = std::move(response), .source = source, .joined = joined};
}

}  // namespace

TEST_CASE("answers are counted by their source, with what they saved") {
  CacheCounters counters;
  const auto account = counters.account_of("acme", "GPT-4");
  const Usage usage{.prompt_tokens = 100, .completion_tokens = 20, .latency = 1500ms};
  for (int i = 0; i < 2; ++i) counters.answered(account, answer(Source::near_cache, usage));
  for (int i = 0; i < 3; ++i) counters.answered(account, answer(Source::cache, usage));
  for (int i = 0; i < 4; ++i) counters.answered(account, answer(Source::semantic, usage));
  for (int i = 0; i < 5; ++i) counters.answered(account, answer(Source::stale, usage));
  for (int i = 0; i < 6; ++i) counters.answered(account, answer(Source::generated, usage, true));
  for (int i = 0; i < 7; ++i) counters.answered(account, answer(Source::generated, usage));
  for (int i = 0; i < 8; ++i) counters.count(account, CallEvent::miss);
  for (int i = 0; i < 9; ++i) counters.count(account, CallEvent::negative_hit);
  for (int i = 0; i < 10; ++i) counters.count(account, CallEvent::generation);
  for (int i = 0; i < 11; ++i) counters.count(account, CallEvent::failure);
  const CacheCounts expected{.near_cache_hits = 2,
                             .cache_hits = 3,
                             .semantic_hits = 4,
                             .stale_hits = 5,
                             .joined = 6,
                             .misses = 8,
                             .negative_hits = 9,
                             .generations = 10,
                             .failures = 11,
                             .prompt_tokens_saved = 2'000,
                             .completion_tokens_saved = 400,
                             .time_saved = 30s};
  const auto metrics = counters.snapshot(0);
  CHECK(metrics.total == expected);
  REQUIRE(metrics.by_tenant_and_model.size() == 1);
  CHECK(metrics.by_tenant_and_model[0] ==
        TenantModelCounts{.tenant = "acme", .model = "GPT-4", .counts = expected});
}

TEST_CASE("what the process does as a whole is counted apart") {
  CacheCounters counters;
  for (int i = 0; i < 1; ++i) counters.count(ProcessEvent::early_refresh);
  for (int i = 0; i < 2; ++i) counters.count(ProcessEvent::stale_refresh);
  for (int i = 0; i < 3; ++i) counters.count(ProcessEvent::dropped_refresh);
  for (int i = 0; i < 4; ++i) counters.count(ProcessEvent::store_error);
  CHECK(counters.snapshot(5) == CacheMetrics{.early_refreshes = 1,
                                             .stale_refreshes = 2,
                                             .dropped_refreshes = 3,
                                             .store_errors = 4,
                                             .near_bytes = 5});
}

TEST_CASE("tenants and models are told apart, and their sum is the total") {
  CacheCounters counters;
  const std::vector<CacheCounters::Account> accounts{
      counters.account_of("a", "bc"), counters.account_of("ab", "c"), counters.account_of("", "bc"),
      counters.account_of("a", "c")};
  for (std::size_t i = 0; i < accounts.size(); ++i) {
    for (std::size_t j = 0; j <= i; ++j) counters.count(accounts[i], CallEvent::miss);
  }
  CHECK(counters.account_of("ab", "c") == accounts[1]);
  const auto metrics = counters.snapshot(0);
  const auto misses = [](std::uint64_t count) { return CacheCounts{.misses = count}; };
  CHECK(metrics.by_tenant_and_model ==
        std::vector<TenantModelCounts>{{.tenant = "a", .model = "bc", .counts = misses(1)},
                                       {.tenant = "ab", .model = "c", .counts = misses(2)},
                                       {.tenant = "", .model = "bc", .counts = misses(3)},
                                       {.tenant = "a", .model = "c", .counts = misses(4)}});
  CHECK(metrics.total == misses(10));
}

TEST_CASE("tenants and models beyond the bound are counted together") {
  CacheCounters counters(3);
  const auto first = counters.account_of("a", "m");
  const auto second = counters.account_of("b", "m");
  CHECK(counters.account_of("c", "m") == CacheCounters::others);
  CHECK(counters.account_of("d", "m") == CacheCounters::others);
  CHECK(counters.account_of("b", "m") == second);
  CHECK(counters.snapshot(0).by_tenant_and_model.size() == 2);
  counters.count(first, CallEvent::miss);
  counters.count(CacheCounters::others, CallEvent::miss);
  const auto metrics = counters.snapshot(0);
  REQUIRE(metrics.by_tenant_and_model.size() == 3);
  CHECK(metrics.by_tenant_and_model[2] ==
        TenantModelCounts{.others = true, .counts = {.misses = 1}});
  CHECK(metrics.total.misses == 2);
}

TEST_CASE("nothing is lost when threads count") {
  CacheCounters counters(6);
  constexpr std::uint64_t rounds = 2'000;
  std::vector<std::jthread> threads;
  for (unsigned thread = 0; thread < 10; ++thread) {
    threads.emplace_back([&, thread] {
      const Answer hit = answer(Source::near_cache, {.prompt_tokens = 2, .latency = 3us});
      for (std::uint64_t i = 0; i < rounds; ++i) {
        const auto account = counters.account_of(std::to_string((thread + i) % 8), "m");
        counters.answered(account, hit);
        if (i % 500 == 0) (void)counters.snapshot(0);
      }
    });
  }
  threads.clear();
  const auto metrics = counters.snapshot(0);
  CHECK(metrics.by_tenant_and_model.size() == 6);
  CHECK(metrics.total == CacheCounts{.near_cache_hits = 10 * rounds,
                                     .prompt_tokens_saved = 20 * rounds,
                                     .time_saved = std::chrono::microseconds(30 * rounds)});
}
