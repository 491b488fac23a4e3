#include "polystore/prometheus/collector.hpp"

#include <prometheus/client_metric.h>
#include <prometheus/metric_type.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

namespace polystore::prometheus {
namespace {

using ::prometheus::ClientMetric;
using ::prometheus::MetricFamily;
using ::prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

// One number of a family, by tenant and model.
struct Number {
  const char* label;  // its name, or null
  const char* value;
  std::uint64_t CacheCounts::*count;
};

struct Family {
  const char* name;
  const char* help;
  std::vector<Number> numbers;
};

const std::vector<Family>& counted_families() {
  static const std::vector<Family> families{
      {"polystore_cache_hits_total",
       "Answers that were stored, by the layer that had them.",
       {{"layer", "near_cache", &CacheCounts::near_cache_hits},
        {"layer", "cache", &CacheCounts::cache_hits},
        {"layer", "semantic", &CacheCounts::semantic_hits},
        {"layer", "stale", &CacheCounts::stale_hits}}},
      {"polystore_cache_joined_total",
       "Answers that another call of the process was making.",
       {{nullptr, nullptr, &CacheCounts::joined}}},
      {"polystore_cache_misses_total",
       "Calls that found neither an answer nor anybody who made it.",
       {{nullptr, nullptr, &CacheCounts::misses}}},
      {"polystore_cache_negative_hits_total",
       "Calls that got a failure which was remembered.",
       {{nullptr, nullptr, &CacheCounts::negative_hits}}},
      {"polystore_cache_generations_total",
       "Calls of generators, those that failed included.",
       {{nullptr, nullptr, &CacheCounts::generations}}},
      {"polystore_cache_generation_failures_total",
       "Calls of generators that failed.",
       {{nullptr, nullptr, &CacheCounts::failures}}},
      {"polystore_cache_refreshes_total",
       "Answers made anew in the background, or dropped for want of a thread.",
       {{"kind", "early", &CacheCounts::early_refreshes},
        {"kind", "stale", &CacheCounts::stale_refreshes},
        {"kind", "dropped", &CacheCounts::dropped_refreshes}}},
      {"polystore_cache_tokens_spent_total",
       "Tokens of generations.",
       {{"kind", "prompt", &CacheCounts::prompt_tokens_spent},
        {"kind", "completion", &CacheCounts::completion_tokens_spent}}},
      {"polystore_cache_tokens_saved_total",
       "Tokens of answers that needed no generation of their own.",
       {{"kind", "prompt", &CacheCounts::prompt_tokens_saved},
        {"kind", "completion", &CacheCounts::completion_tokens_saved}}},
  };
  return families;
}

MetricFamily family(std::string name, std::string help, MetricType type) {
  MetricFamily made;
  made.name = std::move(name);
  made.help = std::move(help);
  made.type = type;
  return made;
}

ClientMetric counter(Labels labels, double value) {
  ClientMetric metric;
  metric.label = std::move(labels);
  metric.counter.value = value;
  return metric;
}

Labels labels_of(const TenantModelCounts& row) {
  if (row.others) return {{"tenant", "(others)"}, {"model", "(others)"}};
  return {{"tenant", row.tenant}, {"model", row.model}};
}

MetricFamily counted(const Family& wanted, const CacheMetrics& metrics) {
  MetricFamily made = family(wanted.name, wanted.help, MetricType::Counter);
  for (const TenantModelCounts& row : metrics.by_tenant_and_model) {
    for (const Number& number : wanted.numbers) {
      Labels labels = labels_of(row);
      if (number.label != nullptr) labels.push_back({number.label, number.value});
      made.metric.push_back(
          counter(std::move(labels), static_cast<double>(row.counts.*number.count)));
    }
  }
  return made;
}

MetricFamily seconds(std::string name, std::string help,
                     std::chrono::microseconds CacheCounts::*time, const CacheMetrics& metrics) {
  MetricFamily made = family(std::move(name), std::move(help), MetricType::Counter);
  for (const TenantModelCounts& row : metrics.by_tenant_and_model) {
    const std::chrono::duration<double> value = row.counts.*time;
    made.metric.push_back(counter(labels_of(row), value.count()));
  }
  return made;
}

}  // namespace

std::vector<MetricFamily> families_of(const CacheMetrics& metrics) {
  std::vector<MetricFamily> families;
  for (const Family& wanted : counted_families()) families.push_back(counted(wanted, metrics));
  families.push_back(seconds("polystore_cache_seconds_spent_total", "What generations took.",
                             &CacheCounts::time_spent, metrics));
  families.push_back(seconds("polystore_cache_seconds_saved_total",
                             "What answers took that needed no generation of their own.",
                             &CacheCounts::time_saved, metrics));

  families.push_back(family("polystore_cache_store_errors_total",
                            "Calls of the response store that failed or came too late.",
                            MetricType::Counter));
  families.back().metric.push_back(counter({}, static_cast<double>(metrics.store_errors)));

  families.push_back(family("polystore_cache_near_bytes",
                            "What copies of responses in the process take.", MetricType::Gauge));
  ClientMetric bytes;
  bytes.gauge.value = static_cast<double>(metrics.near_bytes);
  families.back().metric.push_back(bytes);
  return families;
}

Collector::Collector(Source source) : source_(std::move(source)) {}

Collector::~Collector() = default;

std::vector<MetricFamily> Collector::Collect() const {
  try {
    return families_of(source_());
  } catch (const std::exception&) {
    return {};  // an Exposer's thread would end the process
  }
}

}  // namespace polystore::prometheus
