#pragma once

#include "polystore/export.hpp"
#include "polystore/metrics.hpp"

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include <functional>
#include <vector>

namespace polystore::prometheus {

/// The same as families of prometheus-cpp; docs/metrics.md lists names and labels. Pure.
[[nodiscard]] POLYSTORE_EXPORT std::vector<::prometheus::MetricFamily> families_of(
    const CacheMetrics& metrics);

/// Shows the metrics of a cache to prometheus-cpp: register it with an Exposer, which keeps no
/// hold of it. Threads: any, as far as the source does.
class POLYSTORE_EXPORT Collector : public ::prometheus::Collectable {
 public:
  /// Asked at each scrape. One that throws leaves that scrape without these metrics.
  using Source = std::function<CacheMetrics()>;

  explicit Collector(Source source);
  Collector(const Collector&) = delete;
  Collector& operator=(const Collector&) = delete;
  ~Collector() override;

  [[nodiscard]] std::vector<::prometheus::MetricFamily> Collect() const override;

 private:
  Source source_;
};

}  // namespace polystore::prometheus
