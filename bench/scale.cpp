// How a store behaves that has grown: the rate of puts along the way, then pages of find at the
// start of a listing and deep in it, get, and verify.
//     bench_scale --metadata URL --outputs URL [--contents N] [--filled yes]
// --filled yes: the contents are there already, of a run before.
#include <fmt/core.h>
#include <polystore/polystore.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <exception>
#include <functional>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::int64_t users = 2'000;
constexpr std::size_t callers = 4;
constexpr std::size_t batch = 500;
constexpr polystore::Timestamp begin_of_time(std::chrono::milliseconds(1'700'000'000'000));

/// A rank from 0, low ones by far the most frequent.
std::int64_t skewed(std::mt19937_64& random, std::int64_t ranks, double skew) {
  const double share = std::uniform_real_distribution<>(0, 1)(random);
  return static_cast<std::int64_t>(static_cast<double>(ranks) * std::pow(share, skew));
}

/// Content `i` of all: one every 10 s.
polystore::Draft draft_of(std::uint64_t i) {
  std::mt19937_64 random(i);
  const auto word = [&] { return "w" + std::to_string(skewed(random, 5'000, 3)); };
  std::vector<std::string> tags{"tag" + std::to_string(skewed(random, 1'000, 4))};
  if (i % 2 == 0) tags.push_back("even");
  std::string title = "Report on " + word() + ", " + word() + " and " + word();
  if (i % 1'000 == 0) title += ", rare";
  return {.title = std::move(title),
          .model = "model" + std::to_string(skewed(random, 8, 3)),
          .user_id = 1 + skewed(random, users, 3),
          .output = polystore::Document::from_json(
              fmt::format(R"({{"summary":"{}","n":{}}})", std::string(450, 'x'), i)),
          .tags = std::move(tags),
          .generated_at = begin_of_time + std::chrono::seconds(10) * static_cast<std::int64_t>(i)};
}

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

/// The median, in milliseconds, of some calls.
double median_ms(int calls, const std::function<void()>& call) {
  std::vector<double> times;
  for (int i = 0; i < calls; ++i) {
    const auto begin = Clock::now();
    call();
    times.push_back(seconds_since(begin) * 1'000);
  }
  std::ranges::sort(times);
  return times[times.size() / 2];
}

struct Setting {
  std::string metadata;
  std::string outputs;
  std::uint64_t contents = 1'000'000;
  bool filled = false;
};

/// Puts some of the contents, from several threads.
void put_range(polystore::ContentStore& store, std::uint64_t begin, std::uint64_t end) {
  std::atomic<std::uint64_t> next{begin};
  std::atomic<bool> failed{false};
  std::vector<std::jthread> threads;
  for (std::size_t caller = 0; caller < callers; ++caller) {
    threads.emplace_back([&] {
      for (std::uint64_t from = next.fetch_add(batch); from < end && !failed;
           from = next.fetch_add(batch)) {
        std::vector<polystore::Draft> drafts;
        for (std::uint64_t i = from; i < std::min(end, from + batch); ++i) {
          drafts.push_back(draft_of(i));
        }
        const auto ids = store.put_many(drafts, polystore::Deadline::after(120s));
        if (std::ranges::any_of(ids, [](const auto& id) { return id.error.has_value(); })) {
          failed = true;
        }
      }
    });
  }
  threads.clear();
  if (failed) throw std::runtime_error("a put failed");
}

void fill(polystore::ContentStore& store, std::uint64_t contents) {
  for (std::int64_t user = 1; user <= users; ++user) store.ensure_user(user, "scale");
  for (std::uint64_t tenth = 0; tenth < 10; ++tenth) {
    const std::uint64_t first = contents * tenth / 10;
    const std::uint64_t end = contents * (tenth + 1) / 10;
    const auto begin = Clock::now();
    put_range(store, first, end);
    fmt::print("puts {:>9} to {:>9}: {:>6.0f} per second\n", first, end,
               static_cast<double>(end - first) / seconds_since(begin));
    (void)std::fflush(stdout);
  }
}

/// Pages of 50 at the start of a listing, and after nine tenths of all time or at its end.
void time_pages(polystore::ContentStore& store, const std::string& name, polystore::Query query,
                std::uint64_t contents) {
  const auto long_enough = [] { return polystore::Deadline::after(60s); };
  std::size_t items = 0;
  const double start =
      median_ms(15, [&] { items = store.find(query, long_enough()).items.size(); });
  // The cursor of a page that ends there.
  auto before = query;
  before.limit = 1;
  before.until = begin_of_time + std::chrono::seconds(contents);
  query.after = store.find(before, long_enough()).next;
  if (!query.after) {
    fmt::print("find {:<28} {:>8.2f} ms ({} items), {:>8} deep\n", name, start, items, "nothing");
    return;
  }
  std::size_t deep_items = 0;
  const double deep =
      median_ms(15, [&] { deep_items = store.find(query, long_enough()).items.size(); });
  fmt::print("find {:<28} {:>8.2f} ms ({} items), {:>8.2f} ms deep ({} items)\n", name, start,
             items, deep, deep_items);
}

void time_all_pages(polystore::ContentStore& store, std::uint64_t contents) {
  const auto middle = begin_of_time + std::chrono::seconds(5) * static_cast<std::int64_t>(contents);
  const std::vector<std::pair<std::string, polystore::Query>> queries{
      {"everything", {}},
      {"user (most contents)", {.user_id = 1}},
      {"user (few)", {.user_id = users - 1}},
      {"model (most)", {.model = "model0"}},
      {"tag (half of all)", {.tags = {"even"}}},
      {"tag (few)", {.tags = {"tag999"}}},
      {"since and until", {.since = begin_of_time + 24h, .until = middle}},
      {"title word (all)", {.title_words = "report"}},
      {"title word (a thousandth)", {.title_words = "rare"}},
      {"title words (few)", {.title_words = "w4999"}},
      {"user and model", {.user_id = 1, .model = "model7"}},
      {"user and tag", {.user_id = 1, .tags = {"even"}}},
      {"tag and title word", {.tags = {"even"}, .title_words = "w4999"}},
      {"two tags", {.tags = {"even", "tag999"}}},
      {"all filters",
       {.user_id = 1,
        .model = "model0",
        .tags = {"even"},
        .until = middle,
        .title_words = "report w0"}},
  };
  for (const auto& [name, query] : queries) time_pages(store, name, query, contents);
}

/// Contents from all over, by a thousand ids of each tenth of time.
void time_gets(polystore::ContentStore& store, std::uint64_t contents) {
  std::vector<polystore::ContentId> ids;
  for (std::uint64_t tenth = 1; tenth <= 10; ++tenth) {
    const auto until = begin_of_time + std::chrono::seconds(contents * tenth);
    for (const auto& item : store.find({.until = until, .limit = 1'000}).items) {
      ids.push_back(item.id);
    }
  }
  std::mt19937_64 random(1);
  const double one = median_ms(2'000, [&] {
    if (!store.get(ids[random() % ids.size()])) throw std::runtime_error("a content is missing");
  });
  fmt::print("get {:.3f} ms\n", one);
}

void time_verify(polystore::ContentStore& store) {
  const auto begin = Clock::now();
  const auto report = store.maintenance().verify({.min_age = 0ms}, polystore::Deadline::after(1h));
  std::uint64_t violations = 0;
  for (const auto count : report.counts) violations += count;
  fmt::print("verify {:.1f} s: {} rows, {} outputs, {} violations, {}\n", seconds_since(begin),
             report.rows, report.outputs, violations,
             report.complete ? "complete" : "not complete");
}

void run(const Setting& setting) {
  auto store = polystore::ContentStore::open(
      {.metadata = setting.metadata, .outputs = setting.outputs, .open_deadline = 1h});
  if (!setting.filled) fill(store, setting.contents);
  time_gets(store, setting.contents);
  time_all_pages(store, setting.contents);
  time_verify(store);
}

Setting setting_of(int argc, char** argv) {
  Setting setting;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    const std::string value = argv[i + 1];
    if (name == "--metadata") {
      setting.metadata = value;
    } else if (name == "--outputs") {
      setting.outputs = value;
    } else if (name == "--contents") {
      setting.contents = std::stoull(value);
    } else if (name == "--filled") {
      setting.filled = value == "yes";
    } else {
      throw std::runtime_error(name + " is not known");
    }
  }
  if (setting.metadata.empty() || setting.outputs.empty() || setting.contents < 1'000) {
    throw std::runtime_error("give --metadata, --outputs and 1000 --contents or more");
  }
  return setting;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    run(setting_of(argc, argv));
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_scale: {}\n", error.what());
    return 1;
  }
}
