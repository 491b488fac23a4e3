#pragma once

#include "adapters/redis/factory.hpp"
#include "fault/redis_port.hpp"
#include "support/deadline_grace.hpp"
#include "support/patience.hpp"
#include "support/thread_failures.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace polystore::test {

/// Writes of every kind, each from a thread of its own, one after the other: plain responses,
/// stored ones, and vectors. Each must end by its deadline, and fail in no way but one that may be
/// tried again.
class RedisLoad {
 public:
  using Clock = Deadline::Clock;
  enum class Kind { plain, stored, vector };
  static constexpr std::array kinds{Kind::plain, Kind::stored, Kind::vector};
  static constexpr std::chrono::milliseconds most{300};

  /// A write that was acknowledged.
  struct Written {
    Kind kind = Kind::plain;
    int number = 0;
    Clock::time_point begun{};
  };

  RedisLoad(const RedisPorts& ports, ports::VectorPort& vectors)
      : ports_(ports), vectors_(vectors) {
    for (const Kind kind : kinds) {
      threads_.emplace_back([this, kind] { run(kind); });
    }
  }
  RedisLoad(const RedisLoad&) = delete;
  RedisLoad& operator=(const RedisLoad&) = delete;
  ~RedisLoad() { stop(); }

  /// Half of them are in the slot of the stored ones.
  static std::string plain_key(int number) {
    return (number % 2 == 0 ? "{fault}:" : "plain:") + std::to_string(number);
  }
  static std::string vector_key(int number) { return "vector:" + std::to_string(number); }
  static ports::EntryKey entry_key(int number) {
    ports::EntryKey key{};
    for (std::size_t i = 0; i < sizeof number; ++i) {
      key.at(i) = static_cast<std::uint8_t>(static_cast<unsigned>(number) >> (8 * i));
    }
    return key;
  }

  /// Waits until more of every kind have succeeded. False: some did not, within a minute.
  [[nodiscard]] bool goes_on(int more = 20) const {
    std::array<int, kinds.size()> before{};
    for (std::size_t i = 0; i < kinds.size(); ++i) before.at(i) = done_.at(i);
    return becomes_true([&] {
      for (std::size_t i = 0; i < kinds.size(); ++i) {
        if (done_.at(i) < before.at(i) + more) return false;
      }
      return true;
    });
  }

  void stop() {
    stopped_ = true;
    threads_.clear();
  }
  [[nodiscard]] std::vector<Written> written_since(Clock::time_point begin) const {
    const std::lock_guard lock(mutex_);
    std::vector<Written> found;
    for (const auto& write : written_) {
      if (write.begun >= begin) found.push_back(write);
    }
    return found;
  }
  [[nodiscard]] const ThreadFailures& failures() const noexcept { return failures_; }

 private:
  void write(Kind kind, int number, Deadline deadline) const {
    const std::string value = std::to_string(number);
    switch (kind) {
      case Kind::plain:
        return ports_.plain().set(plain_key(number), value, std::chrono::hours(1), deadline);
      case Kind::stored:
        return ports_.stored().store(entry_key(number), {value, std::chrono::hours(1)}, deadline);
      case Kind::vector: {
        const ports::VectorEntry vector{vector_key(number), value};
        (void)vectors_.put({.name = "load", .dimensions = 1}, {&vector, 1}, deadline);
      }
    }
  }

  // How long this thread could have run, but others did: that is not the call's fault.
  static std::chrono::nanoseconds kept_waiting_for_processors() {
    std::ifstream file("/proc/thread-self/schedstat");
    std::int64_t ran = 0;
    std::int64_t waited = 0;
    file >> ran >> waited;
    return std::chrono::nanoseconds(waited);
  }

  void run(Kind kind) {
    for (int number = 0; !stopped_; ++number) {
      const auto begun = Clock::now();
      const auto kept_waiting = kept_waiting_for_processors();
      try {
        write(kind, number, Deadline::after(most));
        ++done_.at(static_cast<std::size_t>(kind));
        const std::lock_guard lock(mutex_);
        written_.push_back({kind, number, begun});
      } catch (const Error& error) {
        if (!error.retryable()) failures_.add(error.what());
      }
      const auto took = Clock::now() - begun - (kept_waiting_for_processors() - kept_waiting);
      if (took > most + deadline_grace) {
        failures_.add("a call took " + std::to_string(std::chrono::duration<double>(took).count()) +
                      " s");
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

  const RedisPorts& ports_;
  ports::VectorPort& vectors_;
  std::atomic<bool> stopped_{false};
  std::array<std::atomic<int>, kinds.size()> done_{};
  ThreadFailures failures_;
  mutable std::mutex mutex_;  // guards written_
  std::vector<Written> written_;
  std::vector<std::jthread> threads_;
};

/// Whether `ports` hear of a change that another process makes, after whatever went wrong before.
inline bool hears(const RedisPorts& ports, const std::string& url, std::uint8_t number) {
  const RedisPorts others(url);
  const ports::EntryKey key{9, 9, 9, 9, 9, number};
  return becomes_true([&] {
    try {
      others.stored().store(key, {"v", std::chrono::hours(1)}, in_20_s());
    } catch (const Error&) {
      return false;
    }
    return ports.copies_are_valid() && ports.heard.heard_of(key);
  });
}

}  // namespace polystore::test
