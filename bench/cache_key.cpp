// A request's key, as every look-up begins: CacheKey::of against OpenSSL's one-shot SHA256() of the
// same prompt, which neither checks nor prefixes anything.
#include "compare.hpp"

#include <openssl/sha.h>
#include <polystore/cache_key.hpp>

#include <array>

namespace {

polystore::Request request_of(const std::string& sentence, std::size_t size_bytes) {
  polystore::Request request{.tenant = polystore::Tenant::named("acme"), .model = "gpt-4o-mini"};
  while (request.prompt.size() + sentence.size() <= size_bytes) request.prompt += sentence;
  request.prompt.resize(size_bytes, ' ');
  request.sampling.temperature = 0.7;
  request.sampling.max_tokens = 256;
  return request;
}

bench::Row run_one(const bench::Plan& plan, const std::string& name,
                   const polystore::Request& request) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  const auto* const text = reinterpret_cast<const unsigned char*>(request.prompt.data());
  const auto ours = [&](std::size_t) { (void)polystore::CacheKey::of(request); };
  const auto baseline = [&](std::size_t) { SHA256(text, request.prompt.size(), digest.data()); };
  auto row = bench::compare(
      plan,
      {.bench = name, .callers = 1, .size_bytes = request.prompt.size(), .baseline = "SHA256()"},
      ours, baseline, {.ours = 200, .baseline = 200});
  bench::print(row);
  return row;
}

std::vector<bench::Row> run(const bench::Plan& plan) {
  const std::string english = "The model said that the weather in Paris is mild and sunny. ";
  const std::string french = "Le modèle a dit que la météo à Paris était douce et ensoleillée. ";
  const std::string chinese = "模型说巴黎的天气温和晴朗。";
  std::vector<bench::Row> rows;
  rows.push_back(run_one(plan, "key_ascii", request_of(english, 1024)));
  rows.push_back(run_one(plan, "key_french", request_of(french, 1024)));
  rows.push_back(run_one(plan, "key_chinese", request_of(chinese, 1024)));
  rows.push_back(run_one(plan, "key_ascii", request_of(english, 32 * 1024)));
  polystore::Request tools = request_of(english, 1024);
  tools.tools = R"([{"type": "function", "function": {"name": "weather", "parameters": {)"
                R"("type": "object", "properties": {"city": {"type": "string"}}}}}])";
  tools.tags = {"news", "weather"};
  rows.push_back(run_one(plan, "key_tools", tools));
  return rows;
}

}  // namespace

int main(int argc, char** argv) { return bench::run_main(argc, argv, "bench_cache_key", run); }
