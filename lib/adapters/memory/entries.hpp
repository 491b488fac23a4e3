#pragma once

#include "polystore/deadline.hpp"

#include <cstddef>
#include <functional>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

namespace polystore::adapters::memory {

/// Values under keys, each until a point in time, bounded by bytes: beyond that the one that was
/// not used for the longest time goes. Threads: one.
class Entries {
 public:
  using TimePoint = Deadline::Clock::time_point;

  struct Entry {
    std::string key;
    std::string value;
    TimePoint end;
  };

  explicit Entries(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  /// The entry, unless its time is over; null if there is none. Valid until the next change.
  [[nodiscard]] const Entry* find(std::string_view key, TimePoint now);
  /// The same, but not counted as a use.
  [[nodiscard]] const Entry* peek(std::string_view key, TimePoint now) const;

  /// Puts an entry in place of what is there. Errors: overloaded, when it is larger than all may
  /// be.
  void put(std::string_view key, std::string_view value, TimePoint end);

  /// True if there was one whose time was not over.
  bool erase(std::string_view key, TimePoint now);
  void erase_all(char first);

  /// Calls with each key that begins with `first`.
  void each_key(char first, const std::function<void(std::string_view)>& call) const;

 private:
  using Place = std::list<Entry>::iterator;

  void remove(std::unordered_map<std::string_view, Place>::iterator found);

  const std::size_t max_bytes_;
  std::list<Entry> entries_;  // the last used one first
  std::unordered_map<std::string_view, Place> index_;
  std::size_t bytes_ = 0;
};

}  // namespace polystore::adapters::memory
