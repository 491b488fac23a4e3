#include "polystore/prometheus/collector.hpp"

#include <catch2/catch_test_macros.hpp>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <chrono>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

using namespace polystore;
using namespace std::chrono_literals;

namespace {

CacheMetrics sample() {
  CacheMetrics metrics;
  metrics.by_tenant_and_model = {{.tenant = "acme",
                                  .model = "GPT-4",
                                  .counts = {.near_cache_hits = 1,
                                             .cache_hits = 2,
                                             .semantic_hits = 3,
                                             .stale_hits = 4,
                                             .joined = 5,
                                             .misses = 6,
                                             .negative_hits = 7,
                                             .generations = 8,
                                             .failures = 9,
                                             .early_refreshes = 10,
                                             .stale_refreshes = 11,
                                             .dropped_refreshes = 12,
                                             .prompt_tokens_spent = 13,
                                             .completion_tokens_spent = 14,
                                             .time_spent = 1500ms,
                                             .prompt_tokens_saved = 16,
                                             .completion_tokens_saved = 17,
                                             .time_saved = 250ms}},
                                 {.tenant = "", .model = "GPT-4", .counts = {.misses = 18}},
                                 {.others = true, .counts = {.misses = 19}}};
  metrics.store_errors = 20;
  metrics.near_bytes = 21;
  return metrics;
}

// The lines of a scrape that are no comments.
std::vector<std::string> scrape(const polystore::prometheus::Collector& collector) {
  std::istringstream text(::prometheus::TextSerializer().Serialize(collector.Collect()));
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) {
    if (!line.starts_with("#")) lines.push_back(line);
  }
  return lines;
}

std::vector<std::string> lines_of(const std::vector<std::string>& lines, const std::string& part) {
  std::vector<std::string> some;
  std::ranges::copy_if(lines, std::back_inserter(some), [&](const std::string& line) {
    return line.find(part) != std::string::npos;
  });
  return some;
}

}  // namespace

TEST_CASE("a scrape has all numbers under their names and labels") {
  const polystore::prometheus::Collector collector(sample);
  const auto lines = scrape(collector);
  const std::string labels = R"(tenant="acme",model="GPT-4")";
  CHECK(lines_of(lines, "acme") ==
        std::vector<std::string>{
            "polystore_cache_hits_total{" + labels + ",layer=\"near_cache\"} 1",
            "polystore_cache_hits_total{" + labels + ",layer=\"cache\"} 2",
            "polystore_cache_hits_total{" + labels + ",layer=\"semantic\"} 3",
            "polystore_cache_hits_total{" + labels + ",layer=\"stale\"} 4",
            "polystore_cache_joined_total{" + labels + "} 5",
            "polystore_cache_misses_total{" + labels + "} 6",
            "polystore_cache_negative_hits_total{" + labels + "} 7",
            "polystore_cache_generations_total{" + labels + "} 8",
            "polystore_cache_generation_failures_total{" + labels + "} 9",
            "polystore_cache_refreshes_total{" + labels + ",kind=\"early\"} 10",
            "polystore_cache_refreshes_total{" + labels + ",kind=\"stale\"} 11",
            "polystore_cache_refreshes_total{" + labels + ",kind=\"dropped\"} 12",
            "polystore_cache_tokens_spent_total{" + labels + ",kind=\"prompt\"} 13",
            "polystore_cache_tokens_spent_total{" + labels + ",kind=\"completion\"} 14",
            "polystore_cache_tokens_saved_total{" + labels + ",kind=\"prompt\"} 16",
            "polystore_cache_tokens_saved_total{" + labels + ",kind=\"completion\"} 17",
            "polystore_cache_seconds_spent_total{" + labels + "} 1.5",
            "polystore_cache_seconds_saved_total{" + labels + "} 0.25"});
  CHECK(lines_of(lines, "misses") ==
        std::vector<std::string>{
            "polystore_cache_misses_total{" + labels + "} 6",
            R"(polystore_cache_misses_total{tenant="",model="GPT-4"} 18)",
            R"x(polystore_cache_misses_total{tenant="(others)",model="(others)"} 19)x"});
  CHECK(lines_of(lines, "store_errors") ==
        std::vector<std::string>{"polystore_cache_store_errors_total 20"});
  CHECK(lines_of(lines, "bytes") == std::vector<std::string>{"polystore_cache_near_bytes 21"});
  CHECK(lines.size() == 3 * 18 + 2);
}

TEST_CASE("a scrape tells the type of each number, and what it means") {
  const polystore::prometheus::Collector collector(sample);
  for (const auto& family : collector.Collect()) {
    INFO(family.name);
    const bool is_gauge = family.name == "polystore_cache_near_bytes";
    CHECK((family.type == ::prometheus::MetricType::Gauge) == is_gauge);
    CHECK(family.name.ends_with("_total") == !is_gauge);
    CHECK(!family.help.empty());
  }
}

TEST_CASE("names that hold quotes or line ends do not break a scrape") {
  const polystore::prometheus::Collector collector([] {
    CacheMetrics metrics;
    metrics.by_tenant_and_model = {{.tenant = "a\"b", .model = "c\nd\\"}};
    return metrics;
  });
  CHECK(
      lines_of(scrape(collector), "misses") ==
      std::vector<std::string>{R"(polystore_cache_misses_total{tenant="a\"b",model="c\nd\\"} 0)"});
}

TEST_CASE("each scrape asks anew, and a source that throws spoils that scrape alone") {
  int asked = 0;
  const polystore::prometheus::Collector collector([&] {
    if (++asked == 2) throw std::runtime_error("the store is closed");
    CacheMetrics metrics;
    metrics.near_bytes = static_cast<std::uint64_t>(asked);
    return metrics;
  });
  CHECK(lines_of(scrape(collector), "bytes") ==
        std::vector<std::string>{"polystore_cache_near_bytes 1"});
  CHECK(collector.Collect().empty());
  CHECK(lines_of(scrape(collector), "bytes") ==
        std::vector<std::string>{"polystore_cache_near_bytes 3"});
}
