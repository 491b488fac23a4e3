#include "read/scope_table.hpp"

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <cstdint>
#include <limits>
#include <map>
#include <thread>
#include <vector>

using polystore::read::ScopeTable;

TEST_CASE("an empty table has nothing") {
  const ScopeTable table;
  CHECK(table.empty());
  CHECK(table.find(0) == 0);
}

TEST_CASE("a table keeps the highest number of each scope, however their hashes lie") {
  ScopeTable table;
  std::map<std::uint64_t, std::int64_t> expected;
  // The inverse of the multiplier: these all begin at the table's last slot, and go round its end.
  constexpr std::uint64_t inverse = 0xF1DE83E19937733DULL;
  static_assert(inverse * 0x9E3779B97F4A7C15ULL == 1);
  std::int64_t epoch = 0;
  for (std::uint64_t i = 0; i < 500; ++i) {
    const std::uint64_t clash = (std::numeric_limits<std::uint64_t>::max() - i) * inverse;
    for (const std::uint64_t scope : {i, clash, i << 40U}) {
      table.raise(scope, ++epoch);
      expected[scope] = epoch;
    }
    table.raise(0, 1);
  }
  CHECK_FALSE(table.empty());
  for (const auto& [scope, last] : expected) REQUIRE(table.find(scope) == last);
  CHECK(table.find(12345) == 0);
}

TEST_CASE("what a table forgets makes room, and all else stays") {
  ScopeTable table;
  std::map<std::uint64_t, std::int64_t> expected;
  constexpr std::uint64_t but = 77;
  table.raise(but, 1);
  std::int64_t epoch = 1;
  for (std::uint64_t round = 0; round < 20; ++round) {
    const std::int64_t before = epoch;
    for (std::uint64_t i = 0; i < 300; ++i) {
      const std::uint64_t scope = (round * 200 + i) << 20U;  // some again, some for the first time
      table.raise(scope, ++epoch);
      expected[scope] = epoch;
    }
    table.forget(before, but);
    std::erase_if(expected, [&](const auto& entry) { return entry.second <= before; });
    for (const auto& [scope, last] : expected) REQUIRE(table.find(scope) == last);
    REQUIRE(table.find(but) == 1);
    REQUIRE(table.find((round * 200 + 300) << 20U) == 0);
    if (round > 0) REQUIRE(table.find((round * 200 - 1) << 20U) == 0);
  }
  table.forget(epoch, 0);
  CHECK(table.find(but) == 0);
  for (const auto& [scope, last] : expected) CHECK(table.find(scope) == 0);
}

TEST_CASE("a table is read while it grows, and what was there stays") {
  constexpr std::int64_t count = 50'000;
  ScopeTable table;
  std::atomic<std::int64_t> raised{0};
  std::atomic<int> wrong{0};
  {
    std::vector<std::jthread> readers;
    for (int t = 0; t < 2; ++t) {
      readers.emplace_back([&] {
        for (std::int64_t i = 0; i < count;) {
          const std::int64_t there = raised.load(std::memory_order_acquire);
          for (const std::int64_t n : {there / 2, there, there + 1}) {
            const std::int64_t found = table.find(static_cast<std::uint64_t>(n) * 0x1000193);
            const bool known = n <= there && n > 0;
            if (found != n && (known || found != 0)) ++wrong;
          }
          i = there;
        }
      });
    }
    for (std::int64_t i = 1; i <= count; ++i) {
      table.raise(static_cast<std::uint64_t>(i) * 0x1000193, i);
      raised.store(i, std::memory_order_release);
    }
  }
  CHECK(wrong == 0);
}
