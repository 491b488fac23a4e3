// A semantic cache whose vector store is down.
#include "polystore/polystore.hpp"

#include "support/own_server.hpp"
#include "support/patience.hpp"
#include "support/temporary_folder.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

using namespace polystore;
using namespace std::chrono_literals;

TEST_CASE("while the vector store is down nothing is embedded for it, and then all is as before") {
  const test::TemporaryFolder folder;
  const test::OwnServer redis(test::OwnServer::Kind::durable_redis);
  auto store = ContentStore::open({.metadata = folder.sqlite_url(),
                                   .responses = "memory:",
                                   .vectors = redis.url(),
                                   .deadline = 20s});
  int embedded = 0;
  SemanticCache cache(store, {.embedder =
                                  [&](std::string_view, Deadline) {
                                    ++embedded;
                                    return std::vector<float>{1, 2, 3};
                                  },
                              .embedder_model = "one direction",
                              .budget = 1s});
  std::size_t asked = 0;
  const auto ask = [&] {
    const Request request{.tenant = Tenant::shared(),
                          .model = "m",
                          .prompt = "prompt of " + std::string(++asked, 'x'),
                          .sampling = {.temperature = 0.0}};
    return cache.get_or_generate(request, [](Deadline) { return Response{.text = "answer"}; })
        .answer;
  };
  CHECK(ask().source == Source::generated);
  CHECK(embedded == 1);
  redis.crash();
  while (cache.status().failures == 0) CHECK(ask().source == Source::generated);
  const int before = embedded;
  for (int i = 0; i < 50; ++i) CHECK(ask().source == Source::generated);
  CHECK(embedded < before + 50);
  redis.restart();
  CHECK(test::becomes_true([&] { return ask().source == Source::semantic; }));
}
