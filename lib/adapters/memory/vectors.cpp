#include "polystore/error.hpp"

#include "adapters/memory/factory.hpp"
#include "values/health_list.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace polystore::adapters::memory {
namespace {

class MemoryVectors : public ports::VectorPort {
 public:
  MemoryVectors(std::size_t least_log, std::shared_ptr<const ports::Clock> clock)
      : least_log_(least_log), clock_(std::move(clock)) {}

  Space ensure_space(const VectorSpace& space, Deadline /*deadline*/) override {
    const std::lock_guard lock(mutex_);
    require_open();
    const auto [found, created] = spaces_.try_emplace(space.name, space);
    return {found->second, created};
  }

  std::optional<VectorSpace> find_space(const std::string& name, Deadline /*deadline*/) override {
    const std::lock_guard lock(mutex_);
    require_open();
    const auto found = spaces_.find(name);
    return found == spaces_.end() ? std::nullopt : std::optional(found->second);
  }

  std::vector<std::int64_t> put(const VectorSpace& space,
                                std::span<const ports::VectorEntry> entries,
                                Deadline deadline) override {
    if (ensure_space(space, deadline).space != space) {
      throw Error({.code = ErrorCode::conflict,
                   .backend = Backend::memory,
                   .operation = "put a vector",
                   .field = "space",
                   .message = "it has other dimensions, another metric or encoding"});
    }
    std::vector<std::int64_t> versions;
    {
      const std::lock_guard lock(mutex_);
      require_open();
      for (const auto& entry : entries) {
        versions.push_back(log_change(entry.key));
        vectors_.insert_or_assign(entry.key,
                                  ports::StoredVector{entry.key, versions.back(), entry.body});
      }
    }
    changed_.notify_all();
    return versions;
  }

  std::optional<ports::StoredVector> get(const std::string& key, Deadline /*deadline*/) override {
    const std::lock_guard lock(mutex_);
    require_open();
    return find(key);
  }

  std::optional<std::int64_t> erase(const std::string& key, Deadline /*deadline*/) override {
    std::int64_t version = 0;
    {
      const std::lock_guard lock(mutex_);
      require_open();
      if (vectors_.erase(key) == 0) return std::nullopt;
      version = log_change(key);
    }
    changed_.notify_all();
    return version;
  }

  void put_ordered(const VectorSpace& space, std::span<const ports::OrderedEntry> entries,
                   Deadline deadline) override {
    std::vector<ports::VectorEntry> newer;
    const std::lock_guard ordered(order_mutex_);
    for (const auto& entry : entries) {
      Order& order = orders_[entry.key];
      if (order.forgotten_at || order.content > entry.order) continue;
      order.content = entry.order;
      newer.push_back({entry.key, entry.body});
    }
    (void)put(space, newer, deadline);
  }

  void forget(std::span<const std::string> keys, Deadline deadline) override {
    const std::lock_guard ordered(order_mutex_);
    const auto now = clock_->steady_now();
    for (const auto& key : keys) {
      orders_[key].forgotten_at = now;
      forgotten_.emplace_back(now, key);
      (void)erase(key, deadline);
    }
    drop_forgotten_before(now - ports::forgotten_for);
  }

  ports::VectorPosition last_position(Deadline /*deadline*/) override {
    const std::lock_guard lock(mutex_);
    require_open();
    return {.version = last_};
  }

  ports::VectorChanges changes(const ports::VectorLogRead& read, Deadline deadline) override {
    std::unique_lock lock(mutex_);
    changed_.wait_until(lock, deadline.within(read.wait).time(),
                        [&] { return closed_ || last_ > read.after.version; });
    require_open();
    ports::VectorChanges result{.position = read.after};
    const std::int64_t first = last_ - static_cast<std::int64_t>(log_.size()) + 1;
    result.lost = read.after.version < first - 1 || read.after.version > last_;
    if (result.lost) return result;
    while (result.position.version < last_ && result.changes.size() < read.limit) {
      const std::int64_t version = ++result.position.version;
      const std::string& key = log_[static_cast<std::size_t>(version - first)];
      result.changes.push_back({.key = key, .version = version, .now = find(key)});
    }
    return result;
  }

  ports::VectorScan scan(const std::string& from, Deadline /*deadline*/) override {
    constexpr std::size_t part = 1000;
    const std::lock_guard lock(mutex_);
    require_open();
    ports::VectorScan scan;
    for (auto at = vectors_.upper_bound(from); at != vectors_.end(); ++at) {
      if (scan.vectors.size() == part) {
        scan.next = scan.vectors.back().key;
        break;
      }
      scan.vectors.push_back(at->second);
    }
    return scan;
  }

  void migrate(Deadline /*deadline*/) override {}

  std::vector<HealthCheck> check(Deadline /*deadline*/) override {
    values::HealthList list;
    list.look("connection", [&] {
      const std::lock_guard lock(mutex_);
      require_open();
      list.warn("connection",
                "kept in the memory of each process and lost at its end; name a redis:// or "
                "sqlite: URL to keep vectors");
    });
    return list.take();
  }

  void close() noexcept override {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
      vectors_.clear();
      log_.clear();
    }
    changed_.notify_all();
  }

 private:
  using TimePoint = Deadline::Clock::time_point;
  struct Order {
    std::int64_t content = 0;
    std::optional<TimePoint> forgotten_at{};
  };

  // Needs order_mutex_.
  void drop_forgotten_before(TimePoint time) {
    for (; !forgotten_.empty() && forgotten_.front().first < time; forgotten_.pop_front()) {
      const auto found = orders_.find(forgotten_.front().second);
      // It may have been forgotten again since.
      if (found != orders_.end() && found->second.forgotten_at < time) orders_.erase(found);
    }
  }

  // All need mutex_.
  void require_open() const {
    if (!closed_) return;
    throw Error({.code = ErrorCode::closed,
                 .backend = Backend::memory,
                 .operation = "use vectors",
                 .message = "they were closed"});
  }
  [[nodiscard]] std::optional<ports::StoredVector> find(const std::string& key) const {
    const auto found = vectors_.find(key);
    return found == vectors_.end() ? std::nullopt : std::optional(found->second);
  }
  std::int64_t log_change(const std::string& key) {
    log_.push_back(key);
    while (log_.size() > std::max(least_log_, vectors_.size() + 1)) log_.pop_front();
    return ++last_;
  }

  const std::size_t least_log_;
  const std::shared_ptr<const ports::Clock> clock_;
  std::mutex order_mutex_;                                   // taken before mutex_
  std::map<std::string, Order> orders_;                      // guarded by order_mutex_
  std::deque<std::pair<TimePoint, std::string>> forgotten_;  // guarded by order_mutex_; by time
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, VectorSpace> spaces_;
  std::map<std::string, ports::StoredVector> vectors_;
  std::deque<std::string> log_;  // keys; the last one is of version last_
  std::int64_t last_ = 0;
  bool closed_ = false;
};

}  // namespace

std::unique_ptr<ports::VectorPort> open_vectors(std::size_t least_log,
                                                std::shared_ptr<const ports::Clock> clock) {
  return std::make_unique<MemoryVectors>(least_log, std::move(clock));
}

}  // namespace polystore::adapters::memory
