// Searches for the ten nearest of 384 dimensions: store.vectors().nearest against hnswlib and FAISS
// used directly, in turn, in the same run, each at the least effort that finds as much. Vectors are
// in Redis; POLYSTORE_TEST_REDIS_URL names the server.
#include "vector_libraries.hpp"

#include <fmt/core.h>
#include <hiredis/hiredis.h>
#include <nlohmann/json.hpp>
#include <polystore/polystore.hpp>

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace std::chrono_literals;
using bench::Found;
using bench::Values;
using Clock = std::chrono::steady_clock;

constexpr std::size_t k = 10;
constexpr std::size_t runs = 5;

struct Plan {
  std::vector<std::size_t> sizes{10'000, 100'000};
  std::size_t queries = 1000;
  std::string json{};
};

struct Row {
  std::string index;
  std::size_t vectors = 0;
  double ready_s = 0;  // from nothing to the first fast search, on two threads
  double recall = 0;
  double p50_us = 0;
  double p99_us = 0;
  double memory_ratio = 0;  // of what the process took by vectors and graph alone
};

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

std::string server_url() {
  const char* url = std::getenv("POLYSTORE_TEST_REDIS_URL");
  if (url == nullptr) throw std::runtime_error("POLYSTORE_TEST_REDIS_URL is not set");
  return url;
}

double resident_bytes() {
  malloc_trim(0);
  std::ifstream statm("/proc/self/statm");
  double all = 0;
  double resident = 0;
  statm >> all >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double recall_of(const std::vector<Found>& truth, const std::vector<Found>& found) {
  std::size_t right = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    for (const auto row : found[i]) {
      right += std::ranges::find(truth[i], row) != truth[i].end() ? 1U : 0U;
    }
  }
  return static_cast<double>(right) / static_cast<double>(truth.size() * k);
}

// All queries once: what they found, and how long each took.
struct Pass {
  std::vector<Found> found;
  std::vector<double> seconds;

  template <class Search>
  Pass(const std::vector<Values>& queries, Search search) {
    for (const Values& query : queries) {
      const auto begin = Clock::now();
      found.push_back(search(query));
      seconds.push_back(seconds_since(begin));
    }
    std::ranges::sort(seconds);
  }
  [[nodiscard]] double p50_us() const { return seconds[seconds.size() / 2] * 1e6; }
  [[nodiscard]] double p99_us() const { return seconds[seconds.size() * 99 / 100] * 1e6; }
};

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

polystore::OpenOptions options() {
  const auto file = std::filesystem::temp_directory_path() / "polystore_bench_vectors.db";
  return {.metadata = "sqlite:" + file.string(),
          .responses = "memory:",
          .vectors = server_url(),
          .deadline = 10min};
}

const polystore::Tenant tenant = polystore::Tenant::named("bench");

std::string id_of(std::size_t number) { return fmt::format("{:036}", number); }

void store_vectors(const bench::VectorSamples& samples) {
  auto store = polystore::ContentStore::open(options());
  std::vector<polystore::Vector> batch;
  for (std::size_t i = 0; i < samples.vectors.size(); ++i) {
    batch.push_back({.name = {.tenant = tenant, .id = id_of(i)}, .values = samples.vectors[i]});
    if (batch.size() < 1000 && i + 1 < samples.vectors.size()) continue;
    store.vectors().put_many(batch);
    batch.clear();
  }
}

// Waits for one answer of a server to as many bytes as a query has, and nothing else: no index on a
// server can be faster.
class RoundTrip {
 public:
  RoundTrip() {
    const std::string url = server_url();
    context_ = redisConnect("127.0.0.1", std::stoi(url.substr(url.rfind(':') + 1)));
    if (context_ == nullptr || context_->err != 0) throw std::runtime_error("cannot connect");
  }
  RoundTrip(const RoundTrip&) = delete;
  RoundTrip& operator=(const RoundTrip&) = delete;
  ~RoundTrip() { redisFree(context_); }

  Found search(const Values& query) const {
    void* reply = redisCommand(context_, "ECHO %b", query.data(), query.size() * sizeof(float));
    if (reply == nullptr) throw std::runtime_error("the connection was lost");
    freeReplyObject(reply);
    return {};
  }

 private:
  redisContext* context_ = nullptr;
};

struct Contender {
  Row row;
  std::function<Found(const Values&)> search;
  std::vector<double> p50_us{};
  std::vector<double> p99_us{};
};

Contender open_polystore(const bench::VectorSamples& samples, polystore::ContentStore& store) {
  const double before = resident_bytes();
  const auto begin = Clock::now();
  store.vectors().load();
  Row row{.index = "polystore", .vectors = samples.vectors.size(), .ready_s = seconds_since(begin)};
  // 32 links of four bytes, a count, and a sixteenth of the half of it on the levels above.
  const double graph = static_cast<double>(row.vectors) * (4 * 33 + 5);
  const double raw = static_cast<double>(row.vectors) * 4 * bench::VectorSamples::dimensions;
  row.memory_ratio = (resident_bytes() - before) / (raw + graph);
  return {row, [&store](const Values& query) {
            Found rows;
            for (const auto& found : store.vectors().nearest(query, k, {.tenant = tenant})) {
              rows.push_back(static_cast<std::uint32_t>(std::stoul(found.id)));
            }
            return rows;
          }};
}

Contender build(const std::string& name, bench::VectorLibrary& library,
                const bench::VectorSamples& samples) {
  const auto begin = Clock::now();
  library.build(samples.vectors);
  return {Row{.index = name, .vectors = samples.vectors.size(), .ready_s = seconds_since(begin)},
          [&library](const Values& query) { return library.search(query, k); }};
}

// The smallest width at which a library finds as much.
double tune(bench::VectorLibrary& library, const bench::VectorSamples& samples,
            const std::vector<Found>& truth, double wanted) {
  double recall = 0;
  for (const std::size_t width : {16U, 24U, 32U, 48U, 64U, 96U, 128U, 192U, 256U, 384U, 512U}) {
    library.set_width(width);
    recall = recall_of(truth, Pass(samples.queries, [&](const Values& query) {
                                return library.search(query, k);
                              }).found);
    if (recall >= wanted) break;
  }
  return recall;
}

void print(const Row& row) {
  fmt::print("{:<12} {:>9} {:>8.1f} {:>8.4f} {:>9.1f} {:>9.1f} {:>7.2f}\n", row.index, row.vectors,
             row.ready_s, row.recall, row.p50_us, row.p99_us, row.memory_ratio);
  std::fflush(stdout);
}

std::vector<Row> compare(std::size_t size, std::size_t queries) {
  const bench::VectorSamples samples(size, queries);
  const auto truth = bench::exact_nearest(samples, k);
  store_vectors(samples);
  auto store = polystore::ContentStore::open(options());
  std::vector<Contender> all;
  all.push_back(open_polystore(samples, store));
  const auto hnswlib = bench::make_hnswlib();
  all.push_back(build("hnswlib", *hnswlib, samples));
  const auto faiss = bench::make_faiss();
  if (faiss) all.push_back(build("faiss", *faiss, samples));
  const RoundTrip round_trip;
  all.push_back({Row{.index = "round_trip", .vectors = size},
                 [&](const Values& query) { return round_trip.search(query); }});

  all[0].row.recall = recall_of(truth, Pass(samples.queries, all[0].search).found);
  all[1].row.recall = tune(*hnswlib, samples, truth, all[0].row.recall);
  if (faiss) all[2].row.recall = tune(*faiss, samples, truth, all[0].row.recall);
  for (std::size_t run = 0; run < runs; ++run) {
    for (Contender& contender : all) {
      const Pass pass(samples.queries, contender.search);
      contender.p50_us.push_back(pass.p50_us());
      contender.p99_us.push_back(pass.p99_us());
    }
  }
  std::vector<Row> rows;
  for (Contender& contender : all) {
    contender.row.p50_us = median(contender.p50_us);
    contender.row.p99_us = median(contender.p99_us);
    print(contender.row);
    rows.push_back(contender.row);
  }
  return rows;
}

void empty_server() {
  auto* context =
      redisConnect("127.0.0.1", std::stoi(server_url().substr(server_url().rfind(':') + 1)));
  if (context == nullptr || context->err != 0) throw std::runtime_error("cannot connect");
  freeReplyObject(redisCommand(context, "FLUSHDB"));
  redisFree(context);
}

Plan read_arguments(int argc, char** argv) {
  Plan plan;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--quick") == 0) {
      plan.sizes = {10'000};
      plan.queries = 300;
    } else if (std::strcmp(argv[i], "--million") == 0) {
      plan.sizes = {1'000'000};
    } else if (std::strcmp(argv[i], "--json") == 0 && i + 1 < argc) {
      plan.json = argv[++i];
    } else {
      throw std::runtime_error("usage: bench_vectors [--quick | --million] [--json FILE]");
    }
  }
  return plan;
}

void write_json(const std::string& path, const std::vector<Row>& rows) {
  auto array = nlohmann::ordered_json::array();
  for (const Row& row : rows) {
    array.push_back({{"bench", "vectors"},
                     {"index", row.index},
                     {"vectors", row.vectors},
                     {"ready_s", row.ready_s},
                     {"recall_at_10", row.recall},
                     {"p50_us", row.p50_us},
                     {"p99_us", row.p99_us},
                     {"memory_ratio", row.memory_ratio}});
  }
  std::ofstream file(path);
  file << array.dump(2) << '\n';
  if (!file.flush()) throw std::runtime_error("cannot write " + path);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const Plan plan = read_arguments(argc, argv);
    fmt::print("{:<12} {:>9} {:>8} {:>8} {:>9} {:>9} {:>7}\n", "index", "vectors", "ready_s",
               "recall", "p50_us", "p99_us", "memory");
    std::vector<Row> all;
    for (const std::size_t size : plan.sizes) {
      empty_server();
      const auto rows = compare(size, plan.queries);
      all.insert(all.end(), rows.begin(), rows.end());
    }
    if (!plan.json.empty()) write_json(plan.json, all);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "bench_vectors: " << error.what() << '\n';
    return 1;
  }
}
