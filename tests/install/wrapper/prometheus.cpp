#include <polystore/prometheus/collector.hpp>
#include <polystore/version.hpp>
#include <prometheus/text_serializer.h>

#include <cstdlib>
#include <iostream>

int main() {
  const polystore::prometheus::Collector collector(
      [] { return polystore::CacheMetrics{.near_bytes = 7}; });
  const auto version = polystore::linked_version();
  std::cout << "prometheus " << version.major << '.' << version.minor << '.' << version.patch
            << '\n';
  const auto text = ::prometheus::TextSerializer().Serialize(collector.Collect());
  std::cout << text;
  const bool is_there = text.find("polystore_cache_near_bytes 7") != std::string::npos;
  return is_there && version == polystore::header_version ? EXIT_SUCCESS : EXIT_FAILURE;
}
