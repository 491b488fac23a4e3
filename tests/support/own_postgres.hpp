#pragma once

#include "support/temporary_folder.hpp"

#include <string>

namespace polystore::test {

/// A PostgreSQL server of the test's own, which it may crash. Skips the test where there is none to
/// be had. Ended, with its data, at the end of its scope.
class OwnPostgres {
 public:
  OwnPostgres();
  OwnPostgres(const OwnPostgres&) = delete;
  OwnPostgres& operator=(const OwnPostgres&) = delete;
  ~OwnPostgres();

  [[nodiscard]] const std::string& url() const noexcept { return url_; }
  /// Ends it as a crash does: `pg_ctl stop -m immediate`.
  void crash() const;
  /// Starts it again and waits until it has recovered.
  void resume() const;

 private:
  [[nodiscard]] std::string run(const std::string& action) const;

  TemporaryFolder folder_;
  std::string url_;
};

}  // namespace polystore::test
