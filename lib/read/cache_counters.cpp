#include "read/cache_counters.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

namespace polystore::read {
namespace {

constexpr std::size_t stripes = 8;
constexpr std::size_t cache_line_bytes = 64;

// Where a number lies. What a hit counts is in the first cache line.
enum Place : std::uint8_t {
  prompt_tokens,
  completion_tokens,
  microseconds,
  near_cache_hits,
  cache_hits,
  semantic_hits,
  stale_hits,
  joined,
  call_events,  // and after it, by CallEvent
};
constexpr std::size_t places = call_events + 4;

// The numbers of some threads.
struct alignas(cache_line_bytes) Stripe {
  std::array<std::atomic<std::uint64_t>, places> numbers{};

  void add(std::size_t place, std::uint64_t count) noexcept {
    numbers[place].fetch_add(count, std::memory_order_relaxed);
  }
};

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
  sum.prompt_tokens_saved += counts.prompt_tokens_saved;
  sum.completion_tokens_saved += counts.completion_tokens_saved;
  sum.time_saved += counts.time_saved;
}

}  // namespace

struct CacheCounters::Record {
  std::string tenant{};
  std::string model{};
  std::array<Stripe, stripes> of_threads{};

  [[nodiscard]] Stripe& stripe() noexcept { return of_threads[stripe_of_this_thread()]; }
  [[nodiscard]] CacheCounts counts() const noexcept;
};

CacheCounts CacheCounters::Record::counts() const noexcept {
  const auto sum = [this](std::size_t place) {
    std::uint64_t count = 0;
    for (const Stripe& stripe : of_threads) {
      count += stripe.numbers[place].load(std::memory_order_relaxed);
    }
    return count;
  };
  const auto event = [&](CallEvent which) {
    return sum(call_events + static_cast<std::size_t>(which));
  };
  return {.near_cache_hits = sum(near_cache_hits),
          .cache_hits = sum(cache_hits),
          .semantic_hits = sum(semantic_hits),
          .stale_hits = sum(stale_hits),
          .joined = sum(joined),
          .misses = event(CallEvent::miss),
          .negative_hits = event(CallEvent::negative_hit),
          .generations = event(CallEvent::generation),
          .failures = event(CallEvent::failure),
          .prompt_tokens_saved = sum(prompt_tokens),
          .completion_tokens_saved = sum(completion_tokens),
          .time_saved = std::chrono::microseconds(sum(microseconds))};
}

CacheCounters::CacheCounters(std::size_t most_accounts)
    : most_accounts_(most_accounts),
      records_(std::make_unique<std::unique_ptr<Record>[]>(most_accounts)) {
  records_[others] = std::make_unique<Record>();
}

CacheCounters::~CacheCounters() = default;

CacheCounters::Account CacheCounters::account_of(std::string_view tenant,
                                                 std::string_view model) noexcept {
  try {
    std::string name(tenant);
    name.append(1, '\0').append(model);  // which no name holds
    {
      const std::shared_lock lock(mutex_);
      const auto found = accounts_.find(name);
      if (found != accounts_.end()) return found->second;
      if (size_ == most_accounts_) return others;
    }
    auto record = std::make_unique<Record>();
    record->tenant = tenant;
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

void CacheCounters::answered(Account account, const Answer& answer) noexcept {
  std::size_t place = joined;
  switch (answer.source) {
    case Source::near_cache:
      place = near_cache_hits;
      break;
    case Source::cache:
      place = cache_hits;
      break;
    case Source::semantic:
      place = semantic_hits;
      break;
    case Source::stale:
      place = stale_hits;
      break;
    case Source::generated:
      if (!answer.joined) return;
      break;
  }
  Stripe& stripe = records_[account]->stripe();
  stripe.add(place, 1);
  const Usage& usage = answer.response->usage;
  stripe.add(prompt_tokens, static_cast<std::uint64_t>(usage.prompt_tokens));
  stripe.add(completion_tokens, static_cast<std::uint64_t>(usage.completion_tokens));
  stripe.add(microseconds, static_cast<std::uint64_t>(usage.latency.count()));
}

void CacheCounters::count(Account account, CallEvent event) noexcept {
  records_[account]->stripe().add(call_events + static_cast<std::size_t>(event), 1);
}

void CacheCounters::count(ProcessEvent event) noexcept {
  of_process_[static_cast<std::size_t>(event)].fetch_add(1, std::memory_order_relaxed);
}

CacheMetrics CacheCounters::snapshot(std::size_t near_bytes) const {
  CacheMetrics metrics;
  const auto of_process = [this](ProcessEvent event) {
    return of_process_[static_cast<std::size_t>(event)].load(std::memory_order_relaxed);
  };
  metrics.early_refreshes = of_process(ProcessEvent::early_refresh);
  metrics.stale_refreshes = of_process(ProcessEvent::stale_refresh);
  metrics.dropped_refreshes = of_process(ProcessEvent::dropped_refresh);
  metrics.store_errors = of_process(ProcessEvent::store_error);
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
