#include "polystore/error.hpp"

#include "adapters/memory/factory.hpp"
#include "values/health_list.hpp"

#include <list>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

namespace polystore::adapters::memory {
namespace {

class MemoryCache : public ports::CachePort {
 public:
  MemoryCache(std::size_t max_bytes, std::shared_ptr<const ports::Clock> clock)
      : max_bytes_(max_bytes), clock_(std::move(clock)) {}

  void set(std::string_view key, std::string_view value, std::chrono::milliseconds ttl,
           Deadline /*deadline*/) override {
    Entry entry{std::string(key), std::string(value), clock_->steady_now() + ttl};
    const std::lock_guard lock(mutex_);
    require_open();
    if (size_of(entry) > max_bytes_) {
      throw Error({.code = ErrorCode::overloaded,
                   .backend = Backend::memory,
                   .operation = "set a response",
                   .message = "it is larger than all of memory: may hold; raise "
                              "OpenOptions::memory_response_bytes"});
    }
    remove(entry.key);
    bytes_ += size_of(entry);
    entries_.push_front(std::move(entry));
    index_.emplace(entries_.front().key, entries_.begin());
    while (bytes_ > max_bytes_) remove(entries_.back().key);
  }

  std::optional<std::string> get(std::string_view key, Deadline /*deadline*/) override {
    const std::lock_guard lock(mutex_);
    require_open();
    const auto found = index_.find(key);
    if (found == index_.end()) return std::nullopt;
    if (is_over(*found->second)) {
      remove(key);
      return std::nullopt;
    }
    entries_.splice(entries_.begin(), entries_, found->second);
    return found->second->value;
  }

  bool erase(std::string_view key, Deadline /*deadline*/) override {
    const std::lock_guard lock(mutex_);
    require_open();
    const auto found = index_.find(key);
    const bool there = found != index_.end() && !is_over(*found->second);
    remove(key);
    return there;
  }

  std::vector<HealthCheck> check(Deadline /*deadline*/) override {
    values::HealthList list;
    list.look("connection", [&] {
      const std::lock_guard lock(mutex_);
      require_open();
      list.ok("connection", "kept in the memory of each process");
    });
    return list.take();
  }

  void close() noexcept override {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    index_.clear();
    entries_.clear();
  }

 private:
  struct Entry {
    std::string key;
    std::string value;
    Deadline::Clock::time_point end;
  };

  // What the list, the index and the allocator keep beside the text.
  static constexpr std::size_t bookkeeping_bytes = 192;

  static std::size_t size_of(const Entry& entry) {
    return entry.key.size() + entry.value.size() + bookkeeping_bytes;
  }

  // The rest needs mutex_.
  void require_open() const {
    if (!closed_) return;
    throw Error({.code = ErrorCode::closed,
                 .backend = Backend::memory,
                 .operation = "use responses",
                 .message = "they were closed"});
  }
  [[nodiscard]] bool is_over(const Entry& entry) const { return clock_->steady_now() >= entry.end; }
  void remove(std::string_view key) {
    const auto found = index_.find(key);
    if (found == index_.end()) return;
    const auto entry = found->second;
    bytes_ -= size_of(*entry);
    index_.erase(found);  // first: its key is a view of the entry's
    entries_.erase(entry);
  }

  const std::size_t max_bytes_;
  const std::shared_ptr<const ports::Clock> clock_;
  std::mutex mutex_;
  std::list<Entry> entries_;  // the last used one first
  std::unordered_map<std::string_view, std::list<Entry>::iterator> index_;
  std::size_t bytes_ = 0;
  bool closed_ = false;
};

}  // namespace

std::unique_ptr<ports::CachePort> open_responses(std::size_t max_bytes,
                                                 std::shared_ptr<const ports::Clock> clock) {
  return std::make_unique<MemoryCache>(max_bytes, std::move(clock));
}

}  // namespace polystore::adapters::memory
