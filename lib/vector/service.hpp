#pragma once

#include "polystore/vector_options.hpp"
#include "polystore/vectors.hpp"

#include "ports/vector_port.hpp"
#include "vector/follower.hpp"

#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace polystore::vector {

/// The durable vectors and the index over them. Arguments are checked by the caller, but for what a
/// space decides. Threads: any, but destruction. Errors: as Vectors.
class Service {
 public:
  Service(ports::VectorPort& port, const VectorOptions& options);

  /// True if this call made it.
  bool ensure_space(const VectorSpace& space, Deadline deadline);
  [[nodiscard]] std::optional<VectorSpace> space(const std::string& name, Deadline deadline);

  /// In order, as if one by one.
  void put(std::span<const Vector> vectors, Deadline deadline);
  [[nodiscard]] std::optional<Vector> get(const VectorName& name, Deadline deadline);
  bool erase(const VectorName& name, Deadline deadline);

  [[nodiscard]] std::vector<Neighbour> nearest(std::span<const float> query, std::size_t k,
                                               const VectorFilter& filter, Deadline deadline);

  void load(Deadline deadline);
  [[nodiscard]] VectorStatus status() const;

  /// Ends the thread soon. Never waits, never throws.
  void stop() noexcept { follower_.stop(); }

 private:
  [[nodiscard]] std::optional<VectorSpace> known_space(const std::string& name, Deadline deadline);
  void remember(const VectorSpace& space);
  void put_some(const VectorSpace& space, std::span<const Vector> vectors, Deadline deadline);

  ports::VectorPort& port_;
  const std::size_t width_;
  std::mutex spaces_mutex_;
  std::map<std::string, VectorSpace> spaces_;  // guarded by spaces_mutex_
  Follower follower_;                          // last: its thread uses the port
};

}  // namespace polystore::vector
