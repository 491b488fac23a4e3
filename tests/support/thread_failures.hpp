#pragma once

#include <cstddef>
#include <mutex>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace polystore::test {

/// What went wrong in the threads of a test, whose macros are for one thread alone. Compare it with
/// 0 in a CHECK, which then prints the texts. Threads: all members from any.
class ThreadFailures {
 public:
  void add(std::string what) {
    const std::lock_guard lock(mutex_);
    texts_.push_back(std::move(what));
  }
  void operator++() { add("not as expected"); }

  friend bool operator==(const ThreadFailures& failures, std::size_t count) {
    const std::lock_guard lock(failures.mutex_);
    return failures.texts_.size() == count;
  }
  friend std::ostream& operator<<(std::ostream& stream, const ThreadFailures& failures) {
    const std::lock_guard lock(failures.mutex_);
    stream << failures.texts_.size() << " failures";
    for (const auto& text : failures.texts_) stream << "\n  " << text;
    return stream;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> texts_;
};

}  // namespace polystore::test
