#pragma once

#include "ports/output_port.hpp"

#include <memory>

namespace polystore::test {

/// One empty output store for one test of the output contract (output_contract.cpp), gone at its
/// end. Each backend's program defines make().
class OutputFixture {
 public:
  /// Skips the test where a server is needed and not there.
  static std::unique_ptr<OutputFixture> make();

  OutputFixture() = default;
  OutputFixture(const OutputFixture&) = delete;
  OutputFixture& operator=(const OutputFixture&) = delete;
  virtual ~OutputFixture() = default;

  /// A new port on the same store each time; migrate is for the caller.
  virtual std::unique_ptr<ports::OutputPort> open() = 0;
};

}  // namespace polystore::test
