// Cached answers against a plain GET on one raw hiredis connection per caller (raw_get), on one
// Redis: from the memory of the process, from Redis, and plain values by responses(). Each pair is
// measured in turn.
#include "compare.hpp"
#include "raw_redis.hpp"

#include <polystore/polystore.hpp>

#include <atomic>
#include <random>
#include <string>
#include <vector>

using namespace std::chrono_literals;

namespace {

constexpr std::size_t entries = 1000;
constexpr std::size_t size_bytes = 1000;
constexpr std::size_t look_ups = 4096;     // of one caller, before they begin again
constexpr std::size_t batch = 1000;        // short calls between two looks at the clock
constexpr std::size_t most_misses = 1000;  // of a row, which has far more hits
constexpr std::uint64_t seed = 20261124;

std::string numbered(std::size_t number) {
  std::string text = "Number " + std::to_string(number) + ". " + bench::sample_json(size_bytes);
  text.resize(size_bytes);
  return text;
}

polystore::Request request_of(std::size_t number) {
  return {.tenant = polystore::Tenant::named("bench"),
          .model = "bench-model",
          .prompt = numbered(number),
          .sampling = {.temperature = 0.0}};
}

/// Which entries each caller looks up: drawn once, so that drawing is not measured.
class Draws {
 public:
  explicit Draws(std::size_t callers) : callers_(callers) {
    for (std::size_t caller = 0; caller < callers; ++caller) {
      std::mt19937_64 engine(seed + caller);
      std::uniform_int_distribution<std::size_t> any(0, entries - 1);
      callers_[caller].numbers.resize(look_ups);
      for (auto& number : callers_[caller].numbers) number = any(engine);
    }
  }
  std::size_t next(std::size_t caller) {
    Caller& its = callers_[caller];
    return its.numbers[its.position++ % look_ups];
  }

 private:
  struct alignas(64) Caller {
    std::vector<std::size_t> numbers{};
    std::size_t position = 0;
  };
  std::vector<Caller> callers_;
};

/// What is stored, on both sides.
struct Entries {
  std::vector<std::string> texts{};
  std::vector<std::string> raw_keys{};
  std::vector<std::string> plain_keys{};
  std::vector<polystore::Request> requests{};
  std::vector<polystore::CacheKey> keys{};
};

Entries store_entries(polystore::ContentStore& store, bench::RawRedis& raw) {
  Entries made;
  for (std::size_t i = 0; i < entries; ++i) {
    made.texts.push_back(numbered(i));
    made.raw_keys.push_back("bench:raw:" + std::to_string(i));
    made.plain_keys.push_back("bench:plain:" + std::to_string(i));
    made.requests.push_back(request_of(i));
    made.keys.push_back(polystore::CacheKey::of(made.requests.back()));
    raw.set(0, made.raw_keys.back(), made.texts.back());
    store.responses().set(made.plain_keys.back(), made.texts.back(), 1h,
                          polystore::Deadline::after(5s));
    store.cache().store_response(made.keys.back(),
                                 {.text = made.texts.back(), .finish_reason = "stop"});
  }
  return made;
}

polystore::ContentStore open_store(std::size_t near_bytes) {
  return polystore::ContentStore::open(
      {.metadata = bench::environment("POLYSTORE_TEST_POSTGRES_URL"),
       .outputs = bench::environment("POLYSTORE_TEST_MONGO_URL"),
       .responses = bench::environment("POLYSTORE_TEST_REDIS_URL"),
       .response_deadline = 1s,
       .cache = {.near_bytes = near_bytes, .budget = 1s}});
}

/// Both sides of a row: what is stored, and who looks it up.
struct Bench {
  const bench::Plan& plan;
  const Entries& stored;
  bench::RawRedis& raw;
  std::vector<bench::Row> rows{};

  template <class LookUp>
  void compare(const std::string& name, std::size_t callers, std::size_t calls_per_clock,
               const LookUp& look_up) {
    Draws ours(callers);
    Draws theirs(callers);
    std::atomic<std::size_t> misses{0};
    rows.push_back(bench::compare(
        plan, {.bench = name, .callers = callers, .size_bytes = size_bytes, .baseline = "raw_get"},
        [&](std::size_t caller) {
          if (!look_up(ours.next(caller))) ++misses;
        },
        [&](std::size_t caller) {
          if (raw.get(caller, stored.raw_keys[theirs.next(caller)]).size() != size_bytes) ++misses;
        },
        {.ours = calls_per_clock}));
    bench::print(rows.back());
    // A moment in which the machine stood still may make some: then copies are not given.
    if (misses > most_misses) {
      throw std::runtime_error(name + ": " + std::to_string(misses) + " look-ups were no such hit");
    }
  }
};

void compare_near(Bench& bench) {
  auto store = open_store(std::size_t{64} * 1024 * 1024);
  auto& cache = store.cache();
  const auto is_near = [](const polystore::Answer& answer) {
    return answer.source == polystore::Source::near_cache;
  };
  for (const auto& key : bench.stored.keys) (void)cache.lookup(key);
  bench.compare("near_hit", 1, batch, [&](std::size_t number) {
    const auto answer = cache.lookup(bench.stored.keys[number]);
    return answer && is_near(*answer);
  });
  const polystore::Generate none = [](polystore::Deadline) -> polystore::Response {
    throw std::runtime_error("an answer was not in the cache");
  };
  bench.compare("near_hit_with_key", 1, batch, [&](std::size_t number) {
    return is_near(cache.get_or_generate(bench.stored.requests[number], none));
  });
  // What has been invalidated once is hashed into the keys of entries from then on.
  (void)cache.invalidate(polystore::Scope::tenant(polystore::Tenant::named("bench")));
  for (std::size_t i = 0; i < entries; ++i) {
    cache.store_response(bench.stored.keys[i],
                         {.text = bench.stored.texts[i], .finish_reason = "stop"});
    (void)cache.lookup(bench.stored.keys[i]);
  }
  bench.compare("near_hit_in_epoch", 1, batch, [&](std::size_t number) {
    const auto answer = cache.lookup(bench.stored.keys[number]);
    return answer && is_near(*answer);
  });
}

void compare_redis(Bench& bench, polystore::ContentStore& store, std::size_t callers) {
  auto& cache = store.cache();
  bench.compare("redis_hit", callers, 1, [&](std::size_t number) {
    const auto answer = cache.lookup(bench.stored.keys[number]);
    return answer && answer->source == polystore::Source::cache;
  });
  auto responses = store.responses();
  bench.compare("responses_get", callers, 1, [&](std::size_t number) {
    return responses.get(bench.stored.plain_keys[number]).has_value();
  });
}

std::vector<bench::Row> run(const bench::Plan& plan) {
  constexpr std::size_t many = 64;
  auto store = open_store(0);
  bench::RawRedis raw(bench::environment("POLYSTORE_TEST_REDIS_URL"), many);
  const Entries stored = store_entries(store, raw);
  Bench bench{.plan = plan, .stored = stored, .raw = raw};
  const std::vector<std::size_t> callers =
      plan.quick ? std::vector<std::size_t>{1, many} : std::vector<std::size_t>{1, 8, 16, 32, many};
  for (const std::size_t some : callers) compare_redis(bench, store, some);
  compare_near(bench);  // last: it invalidates
  return bench.rows;
}

}  // namespace

int main(int argc, char** argv) { return bench::run_main(argc, argv, "bench_cache", run); }
