#pragma once

#include "polystore/vectors.hpp"

#include "ports/vector_port.hpp"
#include "vector/partition.hpp"

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

namespace polystore::vector {

/// All vectors, in memory, by space and tenant, with a thread that links what is new.
/// Threads: any.
class Index {
 public:
  /// `threads`: that link while much is to be done.
  explicit Index(std::size_t threads);
  Index(const Index&) = delete;
  Index& operator=(const Index&) = delete;
  /// Waits for the row under way.
  ~Index();

  /// What the log, or a scan, tells. A vector that can't be read is passed over: whoever gets it
  /// is told.
  void put(const ports::StoredVector& stored);
  void erase(std::string_view key, std::int64_t version);

  /// What this process did itself, in any order with what the log tells of it.
  void put_own(std::string_view key, std::int64_t version, const Vector& vector,
               const VectorSpace& space);
  void erase_own(std::string_view key, std::int64_t version);

  /// All changes up to this version were told.
  void settle(std::int64_t version);

  /// The vectors of a space and tenant (values/vector_key.hpp); null where there are none.
  [[nodiscard]] std::shared_ptr<const Partition> partition(std::string_view key) const {
    return find(key);
  }

  [[nodiscard]] Partition::Counts counts() const;

 private:
  using Partitions = std::vector<std::shared_ptr<Partition>>;

  [[nodiscard]] std::shared_ptr<Partition> find(std::string_view partition) const;
  [[nodiscard]] std::shared_ptr<Partition> find_or_make(std::string_view partition,
                                                        const VectorSpace& space);
  [[nodiscard]] Partitions all() const;
  void changed(std::shared_ptr<Partition> partition);
  void work();

  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>()(text);
    }
  };

  const std::size_t threads_;
  Partition::Settled settled_{0};
  mutable std::shared_mutex partitions_mutex_;
  std::unordered_map<std::string, std::shared_ptr<Partition>, Hash, std::equal_to<>>
      partitions_;  // guarded by partitions_mutex_

  std::atomic<bool> stop_{false};
  std::mutex work_mutex_;
  std::condition_variable work_there_;
  Partitions to_do_;  // guarded by work_mutex_
  std::thread worker_;
};

}  // namespace polystore::vector
