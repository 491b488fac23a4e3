#pragma once

#include <algorithm>
#include <atomic>
#include <barrier>
#include <chrono>
#include <cstddef>
#include <functional>
#include <thread>
#include <vector>

namespace bench {

using Clock = std::chrono::steady_clock;

struct Measured {
  double per_second = 0;
  double median_seconds = 0;
  double p99_seconds = 0;
};

/// Runs `call(caller)` again and again from each of `callers` threads for `span`. The clock is read
/// once per `batch` calls, so that it does not outweigh short ones; median and p99 are then over
/// the batches' means.
inline Measured measure(std::size_t callers, std::chrono::milliseconds span,
                        const std::function<void(std::size_t caller)>& call,
                        std::size_t batch = 1) {
  std::vector<std::vector<Clock::duration>> latencies(callers);
  std::barrier together(static_cast<std::ptrdiff_t>(callers) + 1);
  std::atomic<bool> stop{false};
  std::vector<std::jthread> threads;
  for (std::size_t caller = 0; caller < callers; ++caller) {
    threads.emplace_back([&, caller] {
      call(caller);  // connects, and warms caches
      together.arrive_and_wait();
      while (!stop) {
        const auto begin = Clock::now();
        for (std::size_t i = 0; i < batch; ++i) call(caller);
        latencies[caller].push_back(Clock::now() - begin);
      }
    });
  }
  together.arrive_and_wait();
  const auto begin = Clock::now();
  std::this_thread::sleep_for(span);
  stop = true;
  threads.clear();
  const std::chrono::duration<double> took = Clock::now() - begin;
  std::vector<Clock::duration> all;
  for (const auto& some : latencies) all.insert(all.end(), some.begin(), some.end());
  if (all.empty()) return {};
  std::sort(all.begin(), all.end());
  const auto seconds = [&](Clock::duration of_batch) {
    return std::chrono::duration<double>(of_batch).count() / static_cast<double>(batch);
  };
  return {.per_second = static_cast<double>(all.size() * batch) / took.count(),
          .median_seconds = seconds(all[all.size() / 2]),
          .p99_seconds = seconds(all[(all.size() * 99 - 1) / 100])};
}

inline double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace bench
