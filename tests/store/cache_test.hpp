#pragma once

#include "polystore/polystore.hpp"

#include "store/setup.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

namespace polystore::test {

/// A store with a cache of answers, and generators that count their calls.
struct CacheTest {
  static OpenOptions options_on(const StoreSetup& setup) {
    OpenOptions options = setup.options();
    options.cache.near_lease = std::chrono::milliseconds(100);
    // A busy machine is no response store that is down.
    options.cache.budget = std::chrono::seconds(1);
    return options;
  }

  static Request request(std::string prompt = "What is the weather in Paris?") {
    return {.tenant = Tenant::named("acme"), .model = "m-1", .prompt = std::move(prompt)};
  }

  // Counts its calls, and says which one made the answer.
  Generate counting() {
    return [this](Deadline) {
      return Response{.text = "answer " + std::to_string(++generations), .finish_reason = "stop"};
    };
  }

  std::string ask(const Request& asked, const CachePolicy& policy = {}) {
    return store.cache().get_or_generate(asked, counting(), policy).response->text;
  }

  std::atomic<int> generations{0};
  std::unique_ptr<StoreSetup> setup = StoreSetup::make();
  ContentStore store = ContentStore::open(options_on(*setup));
};

inline Response full_response() {
  return {.text = "It is sunny.",
          .chunk_ends = {2, 5, 12},
          .finish_reason = "length",
          .usage = {.prompt_tokens = 7,
                    .completion_tokens = 3,
                    .latency = std::chrono::microseconds(1234)},
          .content_id = ContentId::generate()};
}

}  // namespace polystore::test
