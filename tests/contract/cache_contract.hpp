#pragma once

#include "ports/cache_port.hpp"

#include <chrono>
#include <memory>

namespace polystore::test {

/// One empty cache for one test of the cache contract (cache_contract.cpp), gone at its end.
/// Each backend's program defines make().
class CacheFixture {
 public:
  /// Skips the test where a server is needed and not there.
  static std::unique_ptr<CacheFixture> make();

  CacheFixture() = default;
  CacheFixture(const CacheFixture&) = delete;
  CacheFixture& operator=(const CacheFixture&) = delete;
  virtual ~CacheFixture() = default;

  virtual ports::CachePort& cache() = 0;

  /// Lets time pass for the cache, for real where it must.
  virtual void pass(std::chrono::milliseconds span) = 0;
};

}  // namespace polystore::test
