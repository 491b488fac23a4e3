// Every combination of stores under load while each of them fails, by turns and at random: what was
// acknowledged is there, what failed is not, and the verifier finds nothing afterwards.
#include "fault/combined_stores.hpp"
#include "fault/mixed_calls.hpp"
#include "support/patience.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <random>
#include <thread>

using namespace polystore;
using namespace polystore::test;
using namespace std::chrono_literals;

namespace {

// Nothing waits, nothing is left over, nothing is wrong: within a minute.
void check_clean(ContentStore& store) {
  VerifyReport report;
  CHECK(works_again([&] {
    auto& maintenance = store.maintenance();
    maintenance.relay();
    maintenance.sweep({.min_age = 0ms, .largest_share = 1});
    report = maintenance.verify({.min_age = 0ms});
    if (!report.findings.empty() || maintenance.outbox_status().pending > 0) {
      throw Error({.message = "not yet"});
    }
  }));
  for (const auto& finding : report.findings) UNSCOPED_INFO(finding.text);
  CHECK(report.findings.empty());
  CHECK(report.complete);
  CHECK(report.rows > 0);
  CHECK(report.outbox_entries == 0);
}

void survive(MetadataKind metadata) {
  const auto outputs = GENERATE(OutputKind::mongo, OutputKind::postgres, OutputKind::sqlite);
  const auto responses = GENERATE(ResponseKind::redis, ResponseKind::memory);
  const std::uint64_t seed = std::random_device()();
  CAPTURE(static_cast<int>(outputs), static_cast<int>(responses), seed);
  std::mt19937_64 random(seed);
  CombinedStores stores(metadata, outputs, responses);
  auto store = ContentStore::open(stores.options());
  store.ensure_user(1, "Ada");

  std::vector<MixedCalls> callers;
  for (std::uint64_t i = 0; i < 4; ++i) callers.emplace_back(seed + i);
  {
    std::vector<std::jthread> threads;
    for (MixedCalls& caller : callers) {
      threads.emplace_back([&](const std::stop_token& stop) {
        while (!stop.stop_requested()) caller.call(store);
      });
    }
    for (int i = 0; i < 8; ++i) {
      stores.disturb(random);
      std::this_thread::sleep_for(30ms);
    }
  }
  check_clean(store);
  std::size_t acknowledged = 0;
  for (const MixedCalls& caller : callers) {
    acknowledged += caller.acknowledged();
    CHECK(caller.wrong(store) == std::vector<std::string>());
  }
  CHECK(acknowledged > 10);
}

}  // namespace

TEST_CASE("metadata on PostgreSQL, outputs and responses anywhere: all survive their faults") {
  survive(MetadataKind::postgres);
}

TEST_CASE("metadata on MariaDB, outputs and responses anywhere: all survive their faults") {
  survive(MetadataKind::mysql);
}

TEST_CASE("metadata on SQLite, outputs and responses anywhere: all survive their faults") {
  survive(MetadataKind::sqlite);
}
