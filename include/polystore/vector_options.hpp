#pragma once

#include <chrono>
#include <cstddef>

namespace polystore {

/// How a store serves vectors. Part of OpenOptions.
struct VectorOptions {
  /// Threads that work on the index while much is to be done, as after the start. 1 to 64.
  std::size_t index_threads = 2;
  /// How many candidates a search of the index keeps: more finds more of the true nearest, and
  /// takes longer. 16 to 4096; k of a call, where that is more.
  std::size_t search_width = 96;
  /// How old what this process knows of changes by others may be; beyond it `nearest` is
  /// `unavailable`, so that what others erased is not found for ever. 1 s to 24 h.
  std::chrono::milliseconds longest_lag{30'000};
};

}  // namespace polystore
