#pragma once

#include "ports/response_port.hpp"

#include <chrono>
#include <memory>

namespace polystore::test {

/// One empty response port for one test of the response contract (response_contract.cpp), gone at
/// its end. Each backend's program defines make().
class ResponseFixture {
 public:
  /// Skips the test where a server is needed and not there.
  static std::unique_ptr<ResponseFixture> make();

  ResponseFixture() = default;
  ResponseFixture(const ResponseFixture&) = delete;
  ResponseFixture& operator=(const ResponseFixture&) = delete;
  virtual ~ResponseFixture() = default;

  /// Not started.
  virtual ports::ResponsePort& port() = 0;
  /// The port of another process on the same responses, not started; `port` itself where there is
  /// only one process.
  virtual ports::ResponsePort& other() = 0;

  /// Lets time pass for the port, for real where it must.
  virtual void pass(std::chrono::milliseconds span) = 0;
};

}  // namespace polystore::test
