#pragma once

#include "polystore/deadline.hpp"
#include "polystore/vectors.hpp"

#include "ports/health_port.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace polystore::ports {

/// A vector as it is stored: under the key of values/vector_key.hpp, what values/vector_body.hpp
/// makes. The port looks into neither.
struct VectorEntry {
  std::string key{};
  std::string body{};
};

/// A vector that goes with something of its own versions, such as a content.
struct OrderedEntry {
  std::string key{};
  std::string body{};
  std::int64_t order = 0;  ///< The version, 1 or more.
};

/// A found vector. A change of it has a higher version than every change before, of any vector.
struct StoredVector {
  std::string key{};
  std::int64_t version = 0;
  std::string body{};
};

/// A place in the log of changes.
struct VectorPosition {
  std::int64_t version = 0;  ///< Of the last change; 0: before the first.
  std::string mark{};  ///< Of the store's: tells this change from another of the same version.
};

/// One change of the log. Several of one vector may be given as the last one alone.
struct VectorChange {
  std::string key{};
  std::int64_t version = 0;           ///< Of the change in the log.
  std::optional<StoredVector> now{};  ///< What is there by now; nothing: it was erased.
};

/// What changes() is to read.
struct VectorLogRead {
  VectorPosition after{};
  std::size_t limit = 1000;
  std::chrono::milliseconds wait{0};  ///< For a change, when there is none to give.
};

struct VectorChanges {
  /// The log does not go back to the position asked for, or is another: read all anew.
  bool lost = false;
  VectorPosition position{};  ///< Of the last of these changes.
  std::vector<VectorChange> changes{};
};

struct VectorScan {
  std::vector<StoredVector> vectors{};
  std::optional<std::string> next{};  ///< Where to go on; nothing: this was the end.
};

/// Longer than any call may take.
inline constexpr std::chrono::hours forgotten_for{25};

/// Keeps vectors durably, with a log of changes that goes back at least as many changes as there
/// are vectors. A vector and its entry in the log change together, or not at all.
/// Threads: all members from any. Every member blocks until the deadline at most, and may be
/// repeated. Errors: unavailable, deadline_exceeded, overloaded, access_denied, closed, …
class VectorPort : public HealthPort {
 public:
  /// Makes the space unless one of its name is there; what is there then. `created`: by this call.
  struct Space {
    VectorSpace space{};
    bool created = false;
  };
  virtual Space ensure_space(const VectorSpace& space, Deadline deadline) = 0;
  virtual std::optional<VectorSpace> find_space(const std::string& name, Deadline deadline) = 0;

  /// Stores entries of one space, in order, and makes the space if it is not there; the version of
  /// each. Errors: also conflict, when the space is another; nothing is stored then. After another
  /// error the first of them may be stored.
  virtual std::vector<std::int64_t> put(const VectorSpace& space,
                                        std::span<const VectorEntry> entries,
                                        Deadline deadline) = 0;

  virtual std::optional<StoredVector> get(const std::string& key, Deadline deadline) = 0;

  /// The version of the removal; nothing where there was no such vector.
  virtual std::optional<std::int64_t> erase(const std::string& key, Deadline deadline) = 0;

  /// As put, but leaves alone a vector of a higher order, and one that was forgotten.
  virtual void put_ordered(const VectorSpace& space, std::span<const OrderedEntry> entries,
                           Deadline deadline) = 0;

  /// Erases vectors for good: a put_ordered of their keys that comes later has no effect, for
  /// ports::forgotten_for at least.
  virtual void forget(std::span<const std::string> keys, Deadline deadline) = 0;

  /// Where the log ends now.
  virtual VectorPosition last_position(Deadline deadline) = 0;

  /// Changes in order; none when none came while it waited.
  virtual VectorChanges changes(const VectorLogRead& read, Deadline deadline) = 0;

  /// A part of all vectors, from the start when `from` is empty. A whole scan gives each vector
  /// that was there all the while, maybe twice; of what changes meanwhile, the log tells.
  virtual VectorScan scan(const std::string& from, Deadline deadline) = 0;

  /// Creates what the backend needs; idempotent.
  virtual void migrate(Deadline deadline) = 0;

  /// Ends sessions and waits. Later calls throw `closed`. Never blocks for long, never throws.
  virtual void close() noexcept = 0;
};

}  // namespace polystore::ports
