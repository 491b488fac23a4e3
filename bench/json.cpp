// JSON text to BSON, as every put of JSON begins: Document::from_json against libbson's own reader.
#include "compare.hpp"

#include <bson/bson.h>
#include <polystore/document.hpp>

namespace {

void read_with_libbson(const std::string& json) {
  bson_error_t error{};
  bson_t document;
  if (!bson_init_from_json(&document, json.data(), static_cast<ssize_t>(json.size()), &error)) {
    throw std::runtime_error(error.message);
  }
  bson_destroy(&document);
}

std::vector<bench::Row> run(const bench::Plan& plan) {
  std::vector<bench::Row> rows;
  for (const std::size_t size : {std::size_t{2'000}, std::size_t{20'000}}) {
    const std::string json = bench::sample_json(size);
    rows.push_back(bench::compare(
        plan, {.bench = "json", .callers = 1, .size_bytes = json.size(), .baseline = "libbson"},
        [&](std::size_t) { (void)polystore::Document::from_json(json); },
        [&](std::size_t) { read_with_libbson(json); }));
    bench::print(rows.back());
  }
  return rows;
}

}  // namespace

int main(int argc, char** argv) { return bench::run_main(argc, argv, "bench_json", run); }
