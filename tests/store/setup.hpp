#pragma once

#include "polystore/content_store.hpp"

#include <cstdint>
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

/// A store on them, with one user.
struct OpenedStore {
  explicit OpenedStore(std::int64_t user_id = 1) { store.ensure_user(user_id, "Ada"); }

  std::unique_ptr<StoreSetup> setup = StoreSetup::make();
  ContentStore store = ContentStore::open(setup->options());
};

}  // namespace polystore::test
