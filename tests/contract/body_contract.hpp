#pragma once

#include "ports/output_port.hpp"

#include <cstdint>
#include <memory>

namespace polystore::test {

/// One empty output store for one test of the body contract (body_contract.cpp), gone at its end.
/// Each backend's program defines make().
class BodyFixture {
 public:
  /// Skips the test where a server is needed and not there.
  static std::unique_ptr<BodyFixture> make();

  BodyFixture() = default;
  BodyFixture(const BodyFixture&) = delete;
  BodyFixture& operator=(const BodyFixture&) = delete;
  virtual ~BodyFixture() = default;

  /// A new port on the same store each time; migrate is for the caller.
  virtual std::unique_ptr<ports::OutputPort> open() = 0;

  /// Makes the store one of the version before there were bodies.
  virtual void remove_bodies() = 0;

  /// Stores other bytes, of the same number, in every chunk of that number.
  virtual void damage(std::int32_t chunk) = 0;
};

}  // namespace polystore::test
