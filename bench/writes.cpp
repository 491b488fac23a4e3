// put against hand-written writes on the raw drivers: (a) raw_per_caller, one connection of each
// kind per caller; (b) raw_pool_8, eight that callers share. Each pair is measured in turn.
#include "measure.hpp"
#include "raw_writes.hpp"
#include "report.hpp"

#include <polystore/polystore.hpp>

#include <cstdlib>
#include <cstring>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

using namespace std::chrono_literals;

namespace {

struct Plan {
  std::vector<std::size_t> callers{1, 8, 32, 64, 128};
  std::vector<std::size_t> sizes{2'000, 20'000};
  std::size_t runs = 5;
  std::chrono::milliseconds span = 2s;
  std::string json{};
};

Plan read_arguments(int argc, char** argv) {
  Plan plan;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--quick") == 0) {
      plan = {.callers = {1, 64}, .sizes = {2'000}, .runs = 3, .span = 1s, .json = plan.json};
    } else if (std::strcmp(argv[i], "--json") == 0 && i + 1 < argc) {
      plan.json = argv[++i];
    } else {
      throw std::runtime_error("usage: bench_writes [--quick] [--json FILE]");
    }
  }
  return plan;
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr)
    throw std::runtime_error(std::string(name) + " is not set; use bench/run.sh");
  return value;
}

bench::Sample make_sample(std::size_t size_bytes) {
  const std::string sentence = "The model said that the weather in Paris is mild and sunny. ";
  std::string text;
  while (text.size() < size_bytes) text += sentence;
  text.resize(size_bytes);
  return {.title = "A benchmark of writes",
          .model = "bench-model",
          .tag = "bench",
          .output_json = R"({"text":")" + text + R"("})"};
}

polystore::Draft draft_of(const bench::Sample& sample) {
  return {.title = sample.title,
          .model = sample.model,
          .user_id = sample.user_id,
          .output = polystore::Document::from_json(sample.output_json),
          .tags = {sample.tag}};
}

bench::Row compare(polystore::ContentStore& store, bench::RawWriter& raw, const Plan& plan,
                   std::size_t callers, const bench::Sample& sample) {
  std::vector<double> ours;
  std::vector<double> theirs;
  std::vector<double> ratios;
  std::vector<double> p99_ratios;
  for (std::size_t run = 0; run < plan.runs; ++run) {
    // Both begin at the JSON text.
    const auto mine = bench::measure(callers, plan.span, [&](std::size_t) {
      (void)store.put(draft_of(sample), polystore::Deadline::after(30s));
    });
    const auto other = bench::measure(callers, plan.span, [&](std::size_t) { raw.put(sample); });
    ours.push_back(mine.per_second);
    theirs.push_back(other.per_second);
    ratios.push_back(mine.per_second / other.per_second);
    p99_ratios.push_back(mine.p99_seconds / other.p99_seconds);
  }
  return {.bench = "writes",
          .callers = callers,
          .size_bytes = sample.output_json.size(),
          .ours_per_s = bench::median(ours),
          .baseline_per_s = bench::median(theirs),
          .ratio = bench::median(ratios),
          .p99_ratio = bench::median(p99_ratios),
          .runs = plan.runs};
}

void run(const Plan& plan) {
  const std::string postgres = environment("POLYSTORE_TEST_POSTGRES_URL");
  const std::string mongo = environment("POLYSTORE_TEST_MONGO_URL");
  auto store = polystore::ContentStore::open({.metadata = postgres, .outputs = mongo});
  store.ensure_user(1, "bench");
  (void)store.put(draft_of(make_sample(10)));  // the model and the tag are known from now on

  std::vector<bench::Row> rows;
  bench::print_header();
  for (const std::size_t size : plan.sizes) {
    const auto sample = make_sample(size);
    for (const std::size_t callers : plan.callers) {
      for (const std::size_t connections : {callers, std::size_t{8}}) {
        const bool pooled = connections != callers || callers == 8;
        if (connections == 8 && callers < 8) continue;  // a pool that nobody shares
        bench::RawWriter raw(postgres, mongo, connections);
        bench::Row row = compare(store, raw, plan, callers, sample);
        row.baseline = pooled ? "raw_pool_8" : "raw_per_caller";
        bench::print(row);
        rows.push_back(row);
        if (callers == 8) break;  // the same thing
      }
    }
  }
  if (!plan.json.empty()) bench::write_json(plan.json, rows);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    run(read_arguments(argc, argv));
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "bench_writes: " << error.what() << '\n';
    return 1;
  }
}
