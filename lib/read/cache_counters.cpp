#include "read/cache_counters.hpp"

#include "support/cache_line.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

namespace polystore::read {
namespace {

constexpr std::size_t stripes = 8;

// Where a number lies. What a hit counts is in the first cache line.
enum Place : std::uint8_t {
  near_cache_hits,
  cache_hits,
  semantic_hits,
  stale_hits,
  joined_answers,
  prompt_tokens_saved,
  completion_tokens_saved,
  microseconds_saved,
  misses,
  negative_hits,
  generations,
  failures,
  early_refreshes,
  stale_refreshes,
  dropped_refreshes,
  prompt_tokens_spent,
  completion_tokens_spent,
  microseconds_spent,
  places,
};

// Where the parts of a Usage are added.
struct Cost {
  Place prompt_tokens;
  Place completion_tokens;
  Place microseconds;
};
constexpr Cost saved{prompt_tokens_saved, completion_tokens_saved, microseconds_saved};
constexpr Cost spent{prompt_tokens_spent, completion_tokens_spent, microseconds_spent};

// The numbers of some threads.
struct alignas(support::cache_line_bytes) Stripe {
  std::array<std::atomic<std::uint64_t>, places> numbers{};

  void add(Place place, std::uint64_t count) noexcept {
    numbers[place].fetch_add(count, std::memory_order_relaxed);
  }
};

Place place_of(Source source) noexcept {
  switch (source) {
    case Source::near_cache:
      return near_cache_hits;
    case Source::cache:
      return cache_hits;
    case Source::semantic:
      return semantic_hits;
    case Source::stale:
      return stale_hits;
    case Source::generated:
      break;
  }
  return joined_answers;  // what is generated and yet a hit was another's
}

std::size_t stripe_of_this_thread() noexcept {
  static std::atomic<std::size_t> threads{0};
  thread_local const std::size_t stripe = threads.fetch_add(1, std::memory_order_relaxed) % stripes;
  return stripe;
}

void add_to(CacheCounts& sum, const CacheCounts& counts) {
  sum.near_cache_hits += counts.near_cache_hits;
  sum.cache_hits += counts.cache_hits;
  sum.semantic_hits += counts.semantic_hits;
  sum.stale_hits += counts.stale_hits;
  sum.joined += counts.joined;
  sum.misses += counts.misses;
  sum.negative_hits += counts.negative_hits;
  sum.generations += counts.generations;
  sum.failures += counts.failures;
  sum.early_refreshes += counts.early_refreshes;
  sum.stale_refreshes += counts.stale_refreshes;
  sum.dropped_refreshes += counts.dropped_refreshes;
  sum.prompt_tokens_spent += counts.prompt_tokens_spent;
  sum.completion_tokens_spent += counts.completion_tokens_spent;
  sum.time_spent += counts.time_spent;
  sum.prompt_tokens_saved += counts.prompt_tokens_saved;
  sum.completion_tokens_saved += counts.completion_tokens_saved;
  sum.time_saved += counts.time_saved;
}

}  // namespace

struct CacheCounters::Record {
  std::string tenant{};
  std::string model{};
  std::array<Stripe, stripes> of_threads{};

  void add(Place place) noexcept { of_threads[stripe_of_this_thread()].add(place, 1); }
  void add(Place place, const Cost& cost, const Usage& usage) noexcept;
  [[nodiscard]] CacheCounts counts() const noexcept;
};

CacheCounts CacheCounters::Record::counts() const noexcept {
  const auto sum = [this](Place place) {
    std::uint64_t count = 0;
    for (const Stripe& stripe : of_threads) {
      count += stripe.numbers[place].load(std::memory_order_relaxed);
    }
    return count;
  };
  return {.near_cache_hits = sum(near_cache_hits),
          .cache_hits = sum(cache_hits),
          .semantic_hits = sum(semantic_hits),
          .stale_hits = sum(stale_hits),
          .joined = sum(joined_answers),
          .misses = sum(misses),
          .negative_hits = sum(negative_hits),
          .generations = sum(generations),
          .failures = sum(failures),
          .early_refreshes = sum(early_refreshes),
          .stale_refreshes = sum(stale_refreshes),
          .dropped_refreshes = sum(dropped_refreshes),
          .prompt_tokens_spent = sum(prompt_tokens_spent),
          .completion_tokens_spent = sum(completion_tokens_spent),
          .time_spent = std::chrono::microseconds(sum(microseconds_spent)),
          .prompt_tokens_saved = sum(prompt_tokens_saved),
          .completion_tokens_saved = sum(completion_tokens_saved),
          .time_saved = std::chrono::microseconds(sum(microseconds_saved))};
}

void CacheCounters::Record::add(Place place, const Cost& cost, const Usage& usage) noexcept {
  Stripe& stripe = of_threads[stripe_of_this_thread()];
  stripe.add(place, 1);
  stripe.add(cost.prompt_tokens, static_cast<std::uint64_t>(usage.prompt_tokens));
  stripe.add(cost.completion_tokens, static_cast<std::uint64_t>(usage.completion_tokens));
  stripe.add(cost.microseconds, static_cast<std::uint64_t>(usage.latency.count()));
}

CacheCounters::CacheCounters(std::size_t most_accounts)
    : most_accounts_(most_accounts),
      records_(std::make_unique<std::unique_ptr<Record>[]>(most_accounts)) {
  records_[others] = std::make_unique<Record>();
}

CacheCounters::~CacheCounters() = default;

CacheCounters::Account CacheCounters::account_of(const Tenant& tenant,
                                                 std::string_view model) noexcept {
  try {
    std::string name = tenant.name();  // empty only for those that share
    name.append(1, '\0').append(model);
    {
      const std::shared_lock lock(mutex_);
      const auto found = accounts_.find(name);
      if (found != accounts_.end()) return found->second;
      if (size_ == most_accounts_) return others;
    }
    auto record = std::make_unique<Record>();
    record->tenant = tenant.name();
    record->model = model;
    const std::lock_guard lock(mutex_);
    if (size_ == most_accounts_) return others;
    const auto [place, is_new] =
        accounts_.try_emplace(std::move(name), static_cast<Account>(size_));
    if (is_new) records_[size_++] = std::move(record);
    return place->second;
  } catch (const std::exception&) {
    return others;
  }
}

void CacheCounters::hit(Account account, Source source, const Response& response) noexcept {
  records_[account]->add(place_of(source), saved, response.usage);
}

void CacheCounters::joined(Account account, const Response& response) noexcept {
  records_[account]->add(joined_answers, saved, response.usage);
}

void CacheCounters::remembered_failure(Account account) noexcept {
  records_[account]->add(negative_hits);
}

void CacheCounters::missed(Account account) noexcept { records_[account]->add(misses); }

void CacheCounters::generated(Account account, const Response& response) noexcept {
  records_[account]->add(generations, spent, response.usage);
}

void CacheCounters::generation_failed(Account account) noexcept {
  records_[account]->add(generations);
  records_[account]->add(failures);
}

void CacheCounters::refresh(Account account, bool early, Refresher::Submitted submitted) noexcept {
  if (submitted == Refresher::Submitted::under_way_already) return;
  const Place begun = early ? early_refreshes : stale_refreshes;
  records_[account]->add(submitted == Refresher::Submitted::queued ? begun : dropped_refreshes);
}

void CacheCounters::store_failed() noexcept {
  store_errors_.fetch_add(1, std::memory_order_relaxed);
}

CacheMetrics CacheCounters::snapshot(std::size_t near_bytes) const {
  CacheMetrics metrics;
  metrics.store_errors = store_errors_.load(std::memory_order_relaxed);
  metrics.near_bytes = near_bytes;

  std::size_t size = 0;
  {
    const std::shared_lock lock(mutex_);
    size = size_;
  }
  for (std::size_t account = others + 1; account < size; ++account) {
    const Record& record = *records_[account];
    metrics.by_tenant_and_model.push_back(
        {.tenant = record.tenant, .model = record.model, .counts = record.counts()});
  }
  const CacheCounts rest = records_[others]->counts();
  if (rest != CacheCounts()) {
    metrics.by_tenant_and_model.push_back({.others = true, .counts = rest});
  }
  for (const auto& row : metrics.by_tenant_and_model) add_to(metrics.total, row.counts);
  return metrics;
}

}  // namespace polystore::read
