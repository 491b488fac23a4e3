#pragma once

#include <random>

namespace polystore::support {

/// Uniform over (0, 1]. For spreading in time, not for secrets. Threads: any.
inline double uniform_random() {
  thread_local std::minstd_rand source{std::random_device{}()};
  return 1.0 - std::uniform_real_distribution<double>(0.0, 1.0)(source);
}

}  // namespace polystore::support
