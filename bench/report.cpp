#include "report.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <stdexcept>

namespace bench {

void print_header() {
  fmt::print("{:<17} {:>7} {:>10} {:>10} {:>9}  {:<16} {:>14} {:>7} {:>9} {:>5}\n", "bench",
             "callers", "size_bytes", "ours_per_s", "ours_ns", "baseline", "baseline_per_s",
             "ratio", "p99_ratio", "runs");
}

void print(const Row& row) {
  fmt::print("{:<17} {:>7} {:>10} {:>10.0f} {:>9.0f}  {:<16} {:>14.0f} {:>7.2f} {:>9.3f} {:>5}\n",
             row.bench, row.callers, row.size_bytes, row.ours_per_s, row.ours_ns, row.baseline,
             row.baseline_per_s, row.ratio, row.p99_ratio, row.runs);
  std::fflush(stdout);
}

void write_json(const std::string& path, const std::vector<Row>& rows) {
  auto array = nlohmann::ordered_json::array();
  for (const Row& row : rows) {
    array.push_back({{"bench", row.bench},
                     {"callers", row.callers},
                     {"size_bytes", row.size_bytes},
                     {"ours_per_s", row.ours_per_s},
                     {"ours_ns", row.ours_ns},
                     {"baseline", row.baseline},
                     {"baseline_per_s", row.baseline_per_s},
                     {"ratio", row.ratio},
                     {"p99_ratio", row.p99_ratio},
                     {"runs", row.runs}});
  }
  std::ofstream file(path);
  file << array.dump(2) << '\n';
  if (!file.flush()) throw std::runtime_error("cannot write " + path);
}

}  // namespace bench
