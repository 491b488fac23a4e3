#pragma once

#include "polystore/options.hpp"

#include <memory>

namespace polystore::test {

/// Empty stores for one test, gone at its end. Each program of the suite links one kind.
class StoreSetup {
 public:
  /// Skips the test where a server is needed and not there.
  static std::unique_ptr<StoreSetup> make();

  StoreSetup() = default;
  StoreSetup(const StoreSetup&) = delete;
  StoreSetup& operator=(const StoreSetup&) = delete;
  virtual ~StoreSetup() = default;

  /// Opens the same stores each time.
  [[nodiscard]] virtual OpenOptions options() const = 0;
};

}  // namespace polystore::test
