#include "values/content_hash.hpp"

#include <catch2/catch_test_macros.hpp>

#include <functional>
#include <set>

using namespace polystore;
using values::content_hash;

namespace {

Draft sample() {
  return {.title = "title",
          .model = "model",
          .user_id = 7,
          .output = Document::from_json(R"({"text":"hello"})"),
          .tags = {"a", "b"},
          .usage = {
              .prompt_tokens = 1, .completion_tokens = 2, .latency = std::chrono::microseconds(3)}};
}

}  // namespace

TEST_CASE("every field of a draft but its id changes the hash") {
  const std::vector<std::function<void(Draft&)>> changes{
      [](Draft&) {},
      [](Draft& d) { d.title = "titl"; },
      [](Draft& d) {
        d.title = "titlem";
        d.model = "odel";
      },
      [](Draft& d) { d.user_id = 8; },
      [](Draft& d) { d.tenant = Tenant::named("acme"); },
      [](Draft& d) { d.tenant = Tenant::named("acm"); },
      [](Draft& d) { d.output = Document::from_json(R"({"text":"hello!"})"); },
      [](Draft& d) { d.tags = {"ab"}; },
      [](Draft& d) { d.tags = {}; },
      [](Draft& d) { d.usage.prompt_tokens = 2; },
      [](Draft& d) { d.usage.completion_tokens = 3; },
      [](Draft& d) { d.usage.latency = std::chrono::microseconds(4); },
      [](Draft& d) { d.generated_at = Timestamp{}; },
      [](Draft& d) { d.generated_at = Timestamp{std::chrono::milliseconds(1)}; },
  };
  std::set<std::array<std::uint8_t, 32>> hashes;
  for (const auto& change : changes) {
    Draft draft = sample();
    change(draft);
    hashes.insert(content_hash(draft));
  }
  CHECK(hashes.size() == changes.size());
}

TEST_CASE("the same draft under any id has the same hash") {
  Draft other = sample();
  other.id = ContentId::generate();
  CHECK(content_hash(other) == content_hash(sample()));
}
