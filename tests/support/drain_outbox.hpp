#pragma once

#include "polystore/content_store.hpp"

#include "support/patience.hpp"

#include <catch2/catch_test_macros.hpp>

namespace polystore::test {

/// Relays until nothing is pending, and checks that it comes to that.
inline void drain_outbox(ContentStore& store) {
  CHECK(becomes_true([&] {
    if (store.maintenance().outbox_status().pending == 0) return true;
    store.maintenance().relay();
    return false;
  }));
}

}  // namespace polystore::test
