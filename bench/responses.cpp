// Gets of a plain response of 1 kB from Redis: store.responses().get against one raw hiredis
// connection for each caller. POLYSTORE_TEST_REDIS_URL names the server, on 127.0.0.1.
#include "compare.hpp"
#include "raw_redis.hpp"

#include <polystore/polystore.hpp>

#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace std::chrono_literals;

constexpr std::size_t value_bytes = 1000;

std::vector<bench::Row> run(const bench::Plan& plan) {
  const std::string url = bench::redis_url();
  const auto file = std::filesystem::temp_directory_path() / "polystore_bench_responses.db";
  auto store = polystore::ContentStore::open(
      {.metadata = "sqlite:" + file.string(), .responses = url, .response_deadline = 5s});
  store.responses().set("bench:response", std::string(value_bytes, 'v'), 1h);
  std::vector<bench::Row> rows;
  for (const std::size_t callers : {std::size_t{1}, std::size_t{8}, std::size_t{64}}) {
    bench::RawRedis raw(url, callers);
    rows.push_back(bench::compare(
        plan,
        {.bench = "responses",
         .callers = callers,
         .size_bytes = value_bytes,
         .baseline = "hiredis_per_caller"},
        [&](std::size_t) {
          const auto value = store.responses().get("bench:response");
          if (!value || value->size() != value_bytes) throw std::runtime_error("no value");
        },
        [&](std::size_t caller) {
          if (raw.get(caller, "bench:response").size() != value_bytes) {
            throw std::runtime_error("hiredis read another value");
          }
        }));
    bench::print(rows.back());
  }
  store.close();
  for (const char* suffix : {"", "-wal", "-shm"}) {
    std::filesystem::remove(file.string() + suffix);
  }
  return rows;
}

}  // namespace

int main(int argc, char** argv) { return bench::run_main(argc, argv, "bench_responses", run); }
