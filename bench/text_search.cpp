// What an index of words costs a put, and what a search with it takes. By hand, on stores that are
// empty, once without the index and once with it:
//     bench_text_search --metadata URL --outputs URL --text yes|no [--contents N]
#include <fmt/core.h>
#include <polystore/polystore.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <exception>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::size_t callers = 64;
constexpr std::int64_t users = 100;
constexpr std::int64_t vocabulary = 50'000;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

/// Some 2 kB of words, low numbers by far the most frequent.
polystore::Draft draft_of(std::uint64_t i) {
  std::mt19937_64 random(i);
  const auto word = [&] {
    const double share = std::uniform_real_distribution<>(0, 1)(random);
    return "word" + std::to_string(static_cast<std::int64_t>(vocabulary * std::pow(share, 4)));
  };
  std::string text;
  while (text.size() < 1'900) text += word() + " ";
  if (i % 1'000 == 0) text += "rare";
  if (i % 10 == 0) text += " tenth";
  return {.title = "Report on " + word() + " and " + word(),
          .model = "model",
          .user_id = 1 + static_cast<std::int64_t>(random() % users),
          .output = polystore::Document::from_json(R"({"text":")" + text + R"("})"),
          .tags = {"tag"}};
}

void fill(polystore::ContentStore& store, std::uint64_t contents) {
  for (std::int64_t user = 1; user <= users; ++user) store.ensure_user(user, "bench");
  std::atomic<std::uint64_t> next{0};
  std::atomic<int> failures{0};
  const auto begin = Clock::now();
  {
    std::vector<std::jthread> threads;
    for (std::size_t caller = 0; caller < callers; ++caller) {
      threads.emplace_back([&] {
        for (std::uint64_t i = next++; i < contents; i = next++) {
          try {
            (void)store.put(draft_of(i), polystore::Deadline::after(60s));
          } catch (const std::exception&) {
            ++failures;
          }
        }
      });
    }
  }
  if (failures > 0) throw std::runtime_error(fmt::format("{} puts failed", failures.load()));
  fmt::print("{} puts, {:.0f} per second\n", contents,
             static_cast<double>(contents) / seconds_since(begin));
}

void time_search(polystore::ContentStore& store, const std::string& name,
                 const polystore::TextQuery& query) {
  std::vector<double> times;
  std::size_t hits = 0;
  for (int i = 0; i < 9; ++i) {
    const auto begin = Clock::now();
    hits = store.search(query, polystore::Deadline::after(60s)).size();
    times.push_back(seconds_since(begin) * 1'000);
  }
  std::ranges::sort(times);
  fmt::print("search {:<44} {:>9.2f} ms, {} hits\n", name, times[times.size() / 2], hits);
}

void run(const polystore::OpenOptions& options, std::uint64_t contents) {
  auto store = polystore::ContentStore::open(options);
  fill(store, contents);
  if (!options.text_search) return;
  time_search(store, "a word of a thousandth", {.text = "rare"});
  time_search(store, "a word of a tenth", {.text = "tenth"});
  time_search(store, "a word of a tenth, one user of 100", {.text = "tenth", .user_id = 7});
  time_search(store, "a word of a thousandth and one of a tenth", {.text = "rare tenth"});
  time_search(store, "a word of nearly all", {.text = "word0"});
  time_search(store, "a word of all and one of a thousandth", {.text = "report rare"});
  time_search(store, "a word that none has", {.text = "nowhere"});
}

}  // namespace

int main(int argc, char** argv) {
  try {
    polystore::OpenOptions options{.open_deadline = 1h};
    std::uint64_t contents = 100'000;
    for (int i = 1; i + 1 < argc; i += 2) {
      const std::string name = argv[i];
      if (name == "--metadata") options.metadata = argv[i + 1];
      if (name == "--outputs") options.outputs = argv[i + 1];
      if (name == "--text") options.text_search = argv[i + 1] == std::string("yes");
      if (name == "--contents") contents = std::stoull(argv[i + 1]);
    }
    run(options, contents);
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_text_search: {}\n", error.what());
    return 1;
  }
}
