// Gets of a plain response of 1 kB from Redis: store.responses().get against one raw hiredis
// connection for each caller. POLYSTORE_TEST_REDIS_URL names the server, on 127.0.0.1.
#include "compare.hpp"

#include <hiredis/hiredis.h>
#include <polystore/polystore.hpp>

#include <cstdlib>
#include <filesystem>
#include <memory>

namespace {

using namespace std::chrono_literals;

constexpr std::size_t value_bytes = 1000;

std::string server_url() {
  const char* url = std::getenv("POLYSTORE_TEST_REDIS_URL");
  if (url == nullptr) throw std::runtime_error("POLYSTORE_TEST_REDIS_URL is not set");
  return url;
}

struct FreeContext {
  void operator()(redisContext* context) const { redisFree(context); }
};
using Context = std::unique_ptr<redisContext, FreeContext>;

Context connect_raw(const std::string& url) {
  const int port = std::stoi(url.substr(url.rfind(':') + 1));
  Context context(redisConnect("127.0.0.1", port));
  if (!context || context->err != 0) throw std::runtime_error("hiredis could not connect");
  return context;
}

void get_raw(redisContext* context) {
  auto* reply = static_cast<redisReply*>(redisCommand(context, "GET %s", "bench:response"));
  if (reply == nullptr) throw std::runtime_error("hiredis lost its connection");
  const std::string value(reply->str, reply->len);
  freeReplyObject(reply);
  if (value.size() != value_bytes) throw std::runtime_error("hiredis read another value");
}

std::vector<bench::Row> run(const bench::Plan& plan) {
  const std::string url = server_url();
  const auto file = std::filesystem::temp_directory_path() / "polystore_bench_responses.db";
  auto store = polystore::ContentStore::open(
      {.metadata = "sqlite:" + file.string(), .responses = url, .response_deadline = 5s});
  store.responses().set("bench:response", std::string(value_bytes, 'v'), 1h);
  std::vector<bench::Row> rows;
  for (const std::size_t callers : {std::size_t{1}, std::size_t{8}, std::size_t{64}}) {
    std::vector<Context> contexts;
    for (std::size_t i = 0; i < callers; ++i) contexts.push_back(connect_raw(url));
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
        [&](std::size_t caller) { get_raw(contexts[caller].get()); }));
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
