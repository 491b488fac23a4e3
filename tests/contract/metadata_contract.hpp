#pragma once

#include "ports/metadata_port.hpp"

#include <memory>

namespace polystore::test {

/// One empty database for one test of the metadata contract (metadata_contract.cpp), gone at its
/// end. Each backend's program defines make().
class MetadataFixture {
 public:
  /// Skips the test where a server is needed and not there.
  static std::unique_ptr<MetadataFixture> make();

  MetadataFixture() = default;
  MetadataFixture(const MetadataFixture&) = delete;
  MetadataFixture& operator=(const MetadataFixture&) = delete;
  virtual ~MetadataFixture() = default;

  /// A new port on the same database each time; migrate is for the caller.
  virtual std::unique_ptr<ports::MetadataPort> open() = 0;
};

}  // namespace polystore::test
