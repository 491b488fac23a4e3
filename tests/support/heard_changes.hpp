#pragma once

#include "ports/response_port.hpp"

#include <algorithm>
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

}  // namespace polystore::test
