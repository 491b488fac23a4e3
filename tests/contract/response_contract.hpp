#pragma once

#include "ports/response_port.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <mutex>
#include <vector>

namespace polystore::test {

/// Writes down what it hears.
class HeardChanges : public ports::ResponseListener {
 public:
  void response_changed(const ports::EntryKey& key) noexcept override {
    const std::lock_guard lock(mutex_);
    keys_.push_back(key);
  }
  void epoch_changed() noexcept override {
    const std::lock_guard lock(mutex_);
    ++epochs_;
  }
  void all_changed() noexcept override {
    const std::lock_guard lock(mutex_);
    ++all_;
  }

  [[nodiscard]] bool heard_of(const ports::EntryKey& key) const {
    const std::lock_guard lock(mutex_);
    return std::ranges::find(keys_, key) != keys_.end();
  }
  [[nodiscard]] int epochs() const {
    const std::lock_guard lock(mutex_);
    return epochs_;
  }
  [[nodiscard]] int all() const {
    const std::lock_guard lock(mutex_);
    return all_;
  }
  void forget() {
    const std::lock_guard lock(mutex_);
    keys_.clear();
    epochs_ = all_ = 0;
  }

 private:
  mutable std::mutex mutex_;  // guards the rest
  std::vector<ports::EntryKey> keys_;
  int epochs_ = 0;
  int all_ = 0;
};

/// One empty response port for one test of the response contract (response_contract.cpp), gone at
/// its end. Each backend's program defines make().
class ResponseFixture {
 public:
  /// Skips the test where a server is needed and not there.
  static std::unique_ptr<ResponseFixture> make();

  ResponseFixture() = default;
  ResponseFixture(const ResponseFixture&) = delete;
  ResponseFixture& operator=(const ResponseFixture&) = delete;
  virtual ~ResponseFixture() = default;

  /// Not started.
  virtual ports::ResponsePort& port() = 0;
  /// The port of another process on the same responses, not started; `port` itself where there is
  /// only one process.
  virtual ports::ResponsePort& other() = 0;

  /// Lets time pass for the port, for real where it must.
  virtual void pass(std::chrono::milliseconds span) = 0;
};

}  // namespace polystore::test
