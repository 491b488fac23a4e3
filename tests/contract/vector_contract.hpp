#pragma once

#include "ports/vector_port.hpp"

#include <cstddef>
#include <memory>

namespace polystore::test {

/// Empty vectors for one test of the contract (vector_contract.cpp), gone at its end. Each
/// backend's program defines make().
class VectorFixture {
 public:
  /// Skips the test where a server is needed and not there.
  static std::unique_ptr<VectorFixture> make();

  VectorFixture() = default;
  VectorFixture(const VectorFixture&) = delete;
  VectorFixture& operator=(const VectorFixture&) = delete;
  virtual ~VectorFixture() = default;

  /// Opens the same vectors each time, migrated; null for another one in the same process where
  /// that is not possible.
  virtual std::unique_ptr<ports::VectorPort> open() = 0;

  /// How many changes the log keeps at least.
  [[nodiscard]] virtual std::size_t log_length() const = 0;
};

}  // namespace polystore::test
