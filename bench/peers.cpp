// polystore's side of peers.py: looks up the requests of a trace as it is told on standard input.
//   bench_peers TRACE        then lines "near|redis CALLERS MILLISECONDS"; each is answered by a
//   line of JSON with per_second, p99_seconds and wrong (look-ups that gave no hit, or another
//   text).
#include "compare.hpp"

#include <fmt/core.h>
#include <polystore/polystore.hpp>

#include <atomic>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

using namespace std::chrono_literals;

namespace {

struct Trace {
  std::vector<polystore::Request> requests{};
  std::vector<std::string> answers{};
  std::vector<std::size_t> order{};
};

std::string read_line(std::istream& file) {
  std::string line;
  if (!std::getline(file, line)) throw std::runtime_error("the trace is not whole");
  return line;
}

Trace read_trace(const char* path) {
  std::ifstream file(path);
  const std::size_t prompts = std::stoul(read_line(file));
  Trace trace;
  for (std::size_t i = 0; i < prompts; ++i) {
    trace.requests.push_back({.tenant = polystore::Tenant::named("bench"),
                              .model = "bench-model",
                              .prompt = read_line(file),
                              .sampling = {.temperature = 0.0}});
  }
  for (std::size_t i = 0; i < prompts; ++i) trace.answers.push_back(read_line(file));
  for (std::size_t number = 0; file >> number;) trace.order.push_back(number);
  if (trace.order.empty()) throw std::runtime_error("the trace is not whole");
  return trace;
}

polystore::ContentStore open_store(std::size_t near_bytes) {
  return polystore::ContentStore::open(
      {.metadata = bench::environment("POLYSTORE_TEST_POSTGRES_URL"),
       .outputs = bench::environment("POLYSTORE_TEST_MONGO_URL"),
       .responses = bench::environment("POLYSTORE_TEST_REDIS_URL"),
       .cache = {.near_bytes = near_bytes, .budget = 1s}});
}

/// Looks up what the trace says, the key of each request computed anew.
class Runner {
 public:
  explicit Runner(Trace trace) : trace_(std::move(trace)) {
    for (std::size_t i = 0; i < trace_.requests.size(); ++i) {
      redis_.cache().store_response(polystore::CacheKey::of(trace_.requests[i]),
                                    {.text = trace_.answers[i], .finish_reason = "stop"});
    }
    for (std::size_t i = 0; i < trace_.requests.size(); ++i) look_up(near_, i);  // fills the copies
  }

  std::string run(const std::string& layer, std::size_t callers, std::chrono::milliseconds span) {
    if (layer != "near" && layer != "redis") throw std::runtime_error("unknown layer " + layer);
    if (callers == 0) throw std::runtime_error("callers: at least 1");
    auto& store = layer == "near" ? near_ : redis_;
    struct alignas(64) Position {
      std::size_t next = 0;
    };
    std::vector<Position> positions(callers);
    for (std::size_t caller = 0; caller < callers; ++caller) {
      positions[caller].next = caller * trace_.order.size() / callers;
    }
    const auto measured = bench::measure(callers, span, [&](std::size_t caller) {
      std::size_t& position = positions[caller].next;
      look_up(store, trace_.order[position]);
      position = position + 1 < trace_.order.size() ? position + 1 : 0;
    });
    return fmt::format(
        R"({{"per_second": {}, "median_seconds": {}, "p99_seconds": {}, "wrong": {}}})",
        measured.per_second, measured.median_seconds, measured.p99_seconds, wrong_.exchange(0));
  }

 private:
  void look_up(polystore::ContentStore& store, std::size_t number) {
    const auto answer = store.cache().get_or_generate(trace_.requests[number], miss_);
    if (answer.response->text != trace_.answers[number]) ++wrong_;
  }

  const Trace trace_;
  polystore::ContentStore redis_ = open_store(0);
  polystore::ContentStore near_ = open_store(polystore::CacheOptions().near_bytes);
  std::atomic<std::size_t> wrong_{0};
  const polystore::Generate miss_ = [](polystore::Deadline) {
    return polystore::Response{.text = "a miss"};
  };
};

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc != 2) throw std::runtime_error("usage: bench_peers TRACE; use bench/run.sh peers");
    Runner runner(read_trace(argv[1]));
    for (std::string line; std::getline(std::cin, line);) {
      std::istringstream words(line);
      std::string layer;
      std::size_t callers = 0;
      std::int64_t milliseconds = 0;
      words >> layer >> callers >> milliseconds;
      std::cout << runner.run(layer, callers, std::chrono::milliseconds(milliseconds)) << std::endl;
    }
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "bench_peers: " << error.what() << '\n';
    return 1;
  }
}
