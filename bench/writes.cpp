// put against hand-written writes on the raw drivers: (a) raw_per_caller, one connection of each
// kind per caller; (b) raw_pool_8, eight that callers share. Each pair is measured in turn.
#include "compare.hpp"
#include "raw_writes.hpp"

#include <polystore/polystore.hpp>

#include <memory>
#include <string>
#include <vector>

using namespace std::chrono_literals;

namespace {

bench::Sample make_sample(std::size_t size_bytes) {
  return {.title = "A benchmark of writes",
          .model = "bench-model",
          .tag = "bench",
          .output_json = bench::sample_json(size_bytes)};
}

polystore::Draft draft_of(const bench::Sample& sample) {
  return {.title = sample.title,
          .model = sample.model,
          .user_id = sample.user_id,
          .output = polystore::Document::from_json(sample.output_json),
          .tags = {sample.tag}};
}

std::vector<bench::Row> run(const bench::Plan& plan) {
  const std::vector<std::size_t> sizes =
      plan.quick ? std::vector<std::size_t>{2'000} : std::vector<std::size_t>{2'000, 20'000};
  const std::vector<std::size_t> many =
      plan.quick ? std::vector<std::size_t>{1, 64} : std::vector<std::size_t>{1, 8, 32, 64, 128};
  const std::string postgres = bench::environment("POLYSTORE_TEST_POSTGRES_URL");
  const std::string mongo = bench::environment("POLYSTORE_TEST_MONGO_URL");
  auto store = polystore::ContentStore::open({.metadata = postgres, .outputs = mongo});
  store.ensure_user(1, "bench");
  (void)store.put(draft_of(make_sample(10)));  // the model and the tag are known from now on

  std::vector<bench::Row> rows;
  for (const std::size_t size : sizes) {
    const auto sample = make_sample(size);
    for (const std::size_t callers : many) {
      for (const std::size_t connections : {callers, std::size_t{8}}) {
        const bool pooled = connections != callers || callers == 8;
        if (connections == 8 && callers < 8) continue;  // a pool that nobody shares
        bench::RawWriter raw(postgres, mongo, connections);
        // Both begin at the JSON text.
        rows.push_back(bench::compare(
            plan,
            {.bench = "writes",
             .callers = callers,
             .size_bytes = sample.output_json.size(),
             .baseline = pooled ? "raw_pool_8" : "raw_per_caller"},
            [&](std::size_t) {
              (void)store.put(draft_of(sample), polystore::Deadline::after(30s));
            },
            [&](std::size_t) { raw.put(sample); }));
        bench::print(rows.back());
        if (callers == 8) break;  // the same thing
      }
    }
  }
  return rows;
}

}  // namespace

int main(int argc, char** argv) { return bench::run_main(argc, argv, "bench_writes", run); }
