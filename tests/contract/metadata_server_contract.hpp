#pragma once

#include "contract/metadata_contract.hpp"
#include "contract/metadata_fixture.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace polystore::test {

/// As MetadataFixture, on a server whose SQL, locks and sessions a test can reach
/// (metadata_server_contract.cpp). Each server's program defines make(); MetadataFixture::make()
/// calls it.
class MetadataServerFixture : public MetadataFixture {
 public:
  static std::unique_ptr<MetadataServerFixture> make();

  /// Runs SQL in the database.
  virtual void run(const std::string& sql) = 0;
  /// Runs SQL in the database: one number of one row.
  virtual std::int64_t number(const std::string& sql) = 0;
  /// How many tables the database has.
  virtual std::int64_t tables() = 0;
  /// Waits until a session waits for a lock of another one.
  virtual void await_lock_wait() = 0;
  /// Ends the session whose open transaction has queued outbox entries.
  virtual void end_enqueuing_session() = 0;
};

using MetadataServerTest = MetadataTestOn<MetadataServerFixture>;

}  // namespace polystore::test
