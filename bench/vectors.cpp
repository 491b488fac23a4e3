// Searches for the ten nearest of 384 dimensions: store.vectors().nearest against hnswlib and FAISS
// used directly and against pgvector and vector sets of Redis 8, in turn, in the same run, each at
// the least effort that finds as much. Our vectors are in the Redis that POLYSTORE_TEST_REDIS_URL
// names; the servers to compare with, where there are any, are named by
// POLYSTORE_BENCH_PGVECTOR_URL and POLYSTORE_BENCH_REDIS8_URL.
#include "vector_libraries.hpp"
#include "vector_servers.hpp"

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

constexpr double least_recall = 0.98;

struct Plan {
  std::vector<std::size_t> sizes{10'000, 100'000};
  std::size_t queries = 1000;
  bool alone = false;  // to build the other indices of a million would take hours
  std::string json{};
};

struct Row {
  std::string index;
  std::size_t vectors = 0;
  double wanted = 0;      // the recall for which the width was chosen
  std::size_t width = 0;  // candidates that a search keeps
  double ready_s = 0;     // from nothing to the first fast search, on two threads
  double recall = 0;
  double p50_us = 0;
  double p99_us = 0;
  double p50_ratio = 0;     // by that of polystore at the same wanted recall
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

polystore::OpenOptions options(std::size_t width = polystore::VectorOptions{}.search_width) {
  const auto file = std::filesystem::temp_directory_path() / "polystore_bench_vectors.db";
  return {.metadata = "sqlite:" + file.string(),
          .responses = "memory:",
          .vectors = server_url(),
          .deadline = 10min,
          .vector = {.search_width = width}};
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
  bench::VectorLibrary* library = nullptr;  // whose width is set before each pass
  std::vector<double> p50_us{};
  std::vector<double> p99_us{};
};

// Indices of the same vectors, searched in turn.
class Comparison {
 public:
  Comparison(std::size_t size, std::size_t queries)
      : samples_(size, queries), truth_(bench::exact_nearest(samples_, k)) {}

  // Ours with the default width, and with the least one that finds enough: each is a process's own.
  void add_polystore() {
    store_vectors(samples_);
    Contender standard = open_polystore(polystore::VectorOptions{}.search_width);
    wanted_ = {least_recall, standard.row.recall};
    for (const std::size_t width : {16U, 20U, 24U, 32U, 48U, 64U}) {
      if (width >= standard.row.width) break;
      Contender least = open_polystore(width);
      if (least.row.recall < least_recall) continue;
      least.row.wanted = least_recall;
      contenders_.push_back(std::move(least));
      break;
    }
    standard.row.wanted = standard.row.recall;
    contenders_.push_back(std::move(standard));
  }

  // Another index, at the least widths that find enough, and as much as ours does by default.
  void add(const std::string& name, std::unique_ptr<bench::VectorLibrary> library) {
    if (!library) return;
    const auto begin = Clock::now();
    library->build(samples_.vectors);
    const double ready_s = seconds_since(begin);
    for (const double wanted : wanted_) {
      Contender contender{
          {.index = name, .vectors = samples_.vectors.size(), .wanted = wanted, .ready_s = ready_s},
          [at = library.get()](const Values& query) { return at->search(query, k); },
          library.get()};
      if (tune(contender)) {
        contenders_.push_back(std::move(contender));
      } else {
        fmt::print("# {}: finds {:.4f} at most, not {:.4f}\n", name, contender.row.recall, wanted);
      }
    }
    libraries_.push_back(std::move(library));
  }

  std::vector<Row> run() {
    const RoundTrip round_trip;
    contenders_.push_back({Row{.index = "round_trip", .vectors = samples_.vectors.size()},
                           [&](const Values& query) { return round_trip.search(query); }});
    for (std::size_t run = 0; run < runs; ++run) {
      for (Contender& contender : contenders_) {
        const Pass pass = pass_over(contender);
        contender.p50_us.push_back(pass.p50_us());
        contender.p99_us.push_back(pass.p99_us());
      }
    }
    std::ranges::stable_sort(contenders_, {}, [](const Contender& c) { return c.row.wanted; });
    std::ranges::rotate(contenders_, contenders_.begin() + 1);  // the round trip
    std::vector<Row> rows;
    double ours = 0;
    for (Contender& contender : contenders_) {
      contender.row.p50_us = median(contender.p50_us);
      contender.row.p99_us = median(contender.p99_us);
      if (contender.row.index == "polystore") ours = contender.row.p50_us;
      contender.row.p50_ratio = ours > 0 ? contender.row.p50_us / ours : 0;
      rows.push_back(contender.row);
    }
    return rows;
  }

 private:
  Contender open_polystore(std::size_t width) const {
    const double before = resident_bytes();
    const auto begin = Clock::now();
    const auto store =
        std::make_shared<polystore::ContentStore>(polystore::ContentStore::open(options(width)));
    store->vectors().load();
    Row row{.index = "polystore",
            .vectors = samples_.vectors.size(),
            .width = width,
            .ready_s = seconds_since(begin)};
    // 32 links of four bytes, a count, and a sixteenth of the half of it on the levels above.
    const double graph = static_cast<double>(row.vectors) * (4 * 33 + 5);
    const double raw = static_cast<double>(row.vectors) * 4 * bench::VectorSamples::dimensions;
    row.memory_ratio = (resident_bytes() - before) / (raw + graph);
    Contender contender{
        row, [store](const Values& query) {
          Found rows;
          for (const auto& found : store->vectors().nearest(query, k, {.tenant = tenant})) {
            rows.push_back(static_cast<std::uint32_t>(std::stoul(found.id)));
          }
          return rows;
        }};
    contender.row.recall = recall_of(truth_, pass_over(contender).found);
    return contender;
  }

  [[nodiscard]] Pass pass_over(const Contender& contender) const {
    if (contender.library != nullptr) contender.library->set_width(contender.row.width);
    return {samples_.queries, contender.search};
  }

  bool tune(Contender& contender) const {
    for (const std::size_t width :
         {10U, 12U, 14U, 16U, 20U, 24U, 28U, 32U, 40U, 48U, 64U, 80U, 96U, 128U, 192U, 256U}) {
      contender.row.width = width;
      contender.row.recall = recall_of(truth_, pass_over(contender).found);
      if (contender.row.recall >= contender.row.wanted) return true;
    }
    return false;
  }

  const bench::VectorSamples samples_;
  const std::vector<Found> truth_;
  std::vector<double> wanted_;
  std::vector<std::unique_ptr<bench::VectorLibrary>> libraries_;
  std::vector<Contender> contenders_;
};

std::vector<Row> compare(std::size_t size, const Plan& plan) {
  Comparison comparison(size, plan.queries);
  comparison.add_polystore();
  if (!plan.alone) {
    comparison.add("hnswlib", bench::make_hnswlib());
    comparison.add("faiss", bench::make_faiss());
    if (const char* url = std::getenv("POLYSTORE_BENCH_PGVECTOR_URL")) {
      comparison.add("pgvector", bench::make_pgvector(url));
    }
    if (const char* url = std::getenv("POLYSTORE_BENCH_REDIS8_URL")) {
      comparison.add("redis8", bench::make_redis_set(url, bench::RedisNumbers::float32));
      comparison.add("redis8_int8", bench::make_redis_set(url, bench::RedisNumbers::int8));
    }
  }
  return comparison.run();
}

void print(const Row& row) {
  fmt::print("{:<12} {:>8} {:>7.4f} {:>6} {:>8.1f} {:>8.4f} {:>9.1f} {:>9.1f} {:>7.2f} {:>7.2f}\n",
             row.index, row.vectors, row.wanted, row.width, row.ready_s, row.recall, row.p50_us,
             row.p99_us, row.p50_ratio, row.memory_ratio);
  std::fflush(stdout);
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
      plan.alone = true;
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
                     {"wanted_recall", row.wanted},
                     {"width", row.width},
                     {"ready_s", row.ready_s},
                     {"recall_at_10", row.recall},
                     {"p50_us", row.p50_us},
                     {"p99_us", row.p99_us},
                     {"p50_ratio", row.p50_ratio},
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
    fmt::print("{:<12} {:>8} {:>7} {:>6} {:>8} {:>8} {:>9} {:>9} {:>7} {:>7}\n", "index", "vectors",
               "wanted", "width", "ready_s", "recall", "p50_us", "p99_us", "ratio", "memory");
    std::vector<Row> all;
    for (const std::size_t size : plan.sizes) {
      empty_server();
      const auto rows = compare(size, plan);
      std::ranges::for_each(rows, print);
      all.insert(all.end(), rows.begin(), rows.end());
    }
    if (!plan.json.empty()) write_json(plan.json, all);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "bench_vectors: " << error.what() << '\n';
    return 1;
  }
}
