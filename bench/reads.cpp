// get against reads by hand: (a) normalised_join, the metadata by a join and then the document;
// (b) denormalised_copy, the document alone. And what it costs to rename a model with 100,000
// contents (--quick: 5,000), against one UPDATE and one updateMany that keep no versions.
#include "compare.hpp"
#include "raw_reads.hpp"

#include <polystore/polystore.hpp>

#include <chrono>
#include <random>
#include <string>
#include <vector>

using namespace std::chrono_literals;

namespace {

constexpr std::size_t size_bytes = 2'000;

std::vector<std::string> fill(polystore::ContentStore& store, const std::string& model,
                              std::size_t count) {
  const auto output = polystore::Document::from_json(bench::sample_json(size_bytes));
  std::vector<std::string> ids;
  while (ids.size() < count) {
    const std::vector<polystore::Draft> drafts(std::min<std::size_t>(count - ids.size(), 500),
                                               {.title = "A benchmark of reads",
                                                .model = model,
                                                .user_id = 1,
                                                .output = output,
                                                .tags = {"bench", "reads"}});
    for (const auto& item : store.put_many(drafts, polystore::Deadline::after(60s))) {
      ids.push_back(item.value.value().to_string());
    }
  }
  return ids;
}

template <class Call>
double seconds_of(Call call) {
  const auto begin = std::chrono::steady_clock::now();
  call();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

bench::Row rename(const bench::Plan& plan, polystore::ContentStore& store, bench::RawReads& raw) {
  const std::size_t count = plan.quick ? 5'000 : 100'000;
  fill(store, "first name", count);
  polystore::RenameReceipt receipt;
  const double ours = seconds_of([&] {
    while (!receipt.complete) {
      receipt = store.rename_model("first name", "second name", polystore::Deadline::after(60s));
    }
  });
  const double theirs = seconds_of([&] { raw.rename_model("second name", "third name"); });
  return {.bench = "rename_model",
          .callers = 1,
          .size_bytes = size_bytes,
          .ours_per_s = static_cast<double>(count) / ours,
          .ours_ns = ours * 1e9,
          .baseline = "one_update",
          .baseline_per_s = static_cast<double>(count) / theirs,
          .ratio = theirs / ours,
          .p99_ratio = ours / theirs,
          .runs = 1};
}

std::vector<bench::Row> run(const bench::Plan& plan) {
  const std::string postgres = bench::environment("POLYSTORE_TEST_POSTGRES_URL");
  const std::string mongo = bench::environment("POLYSTORE_TEST_MONGO_URL");
  auto store = polystore::ContentStore::open({.metadata = postgres, .outputs = mongo});
  store.ensure_user(1, "bench");
  const auto ids = fill(store, "model", 10'000);
  const auto any = [&] {
    thread_local std::minstd_rand random(std::random_device{}());
    return ids[random() % ids.size()];
  };

  std::vector<bench::Row> rows;
  for (const std::size_t callers : {std::size_t{1}, std::size_t{64}}) {
    bench::RawReads raw(postgres, mongo, callers);
    const auto ours = [&](std::size_t) {
      if (!store.get(polystore::ContentId::parse(any()).value())) {
        throw std::runtime_error("a content is not there");
      }
    };
    const auto add = [&](const std::string& baseline, const auto& theirs) {
      rows.push_back(bench::compare(
          plan,
          {.bench = "reads", .callers = callers, .size_bytes = size_bytes, .baseline = baseline},
          ours, theirs));
      bench::print(rows.back());
    };
    add("normalised_join", [&](std::size_t caller) { raw.read_joined(caller, any()); });
    add("denormalised_copy", [&](std::size_t caller) { raw.read_document(caller, any()); });
  }
  bench::RawReads raw(postgres, mongo, 1);
  rows.push_back(rename(plan, store, raw));
  bench::print(rows.back());
  return rows;
}

}  // namespace

int main(int argc, char** argv) { return bench::run_main(argc, argv, "bench_reads", run); }
