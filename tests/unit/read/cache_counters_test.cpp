#include "read/cache_counters.hpp"

#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <string>
#include <thread>
#include <vector>

using namespace polystore;
using namespace std::chrono_literals;
using read::CacheCounters;

namespace {

Response response(const Usage& usage) {
  Response made;
  made.usage = usage;
  return made;
}

}  // namespace

TEST_CASE("answers are counted by their source, with what they saved") {
  CacheCounters counters;
  const auto account = counters.account_of(Tenant::named("acme"), "GPT-4");
  const Response made =
      response({.prompt_tokens = 100, .completion_tokens = 20, .latency = 1500ms});
  for (int i = 0; i < 2; ++i) counters.hit(account, Source::near_cache, made);
  for (int i = 0; i < 3; ++i) counters.hit(account, Source::cache, made);
  for (int i = 0; i < 4; ++i) counters.hit(account, Source::semantic, made);
  for (int i = 0; i < 5; ++i) counters.hit(account, Source::stale, made);
  for (int i = 0; i < 6; ++i) counters.joined(account, made);
  const CacheCounts expected{.near_cache_hits = 2,
                             .cache_hits = 3,
                             .semantic_hits = 4,
                             .stale_hits = 5,
                             .joined = 6,
                             .prompt_tokens_saved = 2'000,
                             .completion_tokens_saved = 400,
                             .time_saved = 30s};
  const auto metrics = counters.snapshot(0);
  CHECK(metrics.total == expected);
  REQUIRE(metrics.by_tenant_and_model.size() == 1);
  CHECK(metrics.by_tenant_and_model[0] ==
        TenantModelCounts{.tenant = "acme", .model = "GPT-4", .counts = expected});
}

TEST_CASE("misses, failures and generations are counted, with what these cost") {
  CacheCounters counters;
  const auto account = counters.account_of(Tenant::shared(), "GPT-4");
  const Response made =
      response({.prompt_tokens = 100, .completion_tokens = 20, .latency = 1500ms});
  for (int i = 0; i < 2; ++i) counters.missed(account);
  for (int i = 0; i < 3; ++i) counters.remembered_failure(account);
  for (int i = 0; i < 4; ++i) counters.generated(account, made);
  for (int i = 0; i < 5; ++i) counters.generation_failed(account);
  CHECK(counters.snapshot(0).total == CacheCounts{.misses = 2,
                                                  .negative_hits = 3,
                                                  .generations = 9,
                                                  .failures = 5,
                                                  .prompt_tokens_spent = 400,
                                                  .completion_tokens_spent = 80,
                                                  .time_spent = 6s});
}

TEST_CASE("refreshes are counted by what became of them") {
  using Submitted = read::Refresher::Submitted;
  CacheCounters counters;
  const auto account = counters.account_of(Tenant::shared(), "GPT-4");
  for (int i = 0; i < 2; ++i) counters.refresh(account, true, Submitted::queued);
  for (int i = 0; i < 3; ++i) counters.refresh(account, false, Submitted::queued);
  for (const bool early : {true, false}) {
    counters.refresh(account, early, Submitted::dropped);
    counters.refresh(account, early, Submitted::under_way_already);
  }
  CHECK(counters.snapshot(0).total ==
        CacheCounts{.early_refreshes = 2, .stale_refreshes = 3, .dropped_refreshes = 2});
}

TEST_CASE("what concerns no tenant is counted for the process") {
  CacheCounters counters;
  for (int i = 0; i < 4; ++i) counters.store_failed();
  CHECK(counters.snapshot(5) == CacheMetrics{.store_errors = 4, .near_bytes = 5});
}

TEST_CASE("tenants and models are told apart, and their sum is the total") {
  CacheCounters counters;
  const std::vector<CacheCounters::Account> accounts{
      counters.account_of(Tenant::named("a"), "bc"), counters.account_of(Tenant::named("ab"), "c"),
      counters.account_of(Tenant::shared(), "bc"), counters.account_of(Tenant::named("a"), "c")};
  for (std::size_t i = 0; i < accounts.size(); ++i) {
    for (std::size_t j = 0; j <= i; ++j) counters.missed(accounts[i]);
  }
  CHECK(counters.account_of(Tenant::named("ab"), "c") == accounts[1]);
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
  const auto first = counters.account_of(Tenant::named("a"), "m");
  const auto second = counters.account_of(Tenant::named("b"), "m");
  CHECK(counters.account_of(Tenant::named("c"), "m") == CacheCounters::others);
  CHECK(counters.account_of(Tenant::named("d"), "m") == CacheCounters::others);
  CHECK(counters.account_of(Tenant::named("b"), "m") == second);
  CHECK(counters.snapshot(0).by_tenant_and_model.size() == 2);
  counters.missed(first);
  counters.missed(CacheCounters::others);
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
      const Response made = response({.prompt_tokens = 2, .latency = 3us});
      for (std::uint64_t i = 0; i < rounds; ++i) {
        const auto account =
            counters.account_of(Tenant::named(std::to_string((thread + i) % 8)), "m");
        counters.hit(account, Source::near_cache, made);
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
