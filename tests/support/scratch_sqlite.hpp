#pragma once

#include "support/temporary_folder.hpp"

#include <string>

namespace polystore::test {

/// As ScratchPostgres: a new, empty SQLite file, gone at the end of its scope.
class ScratchSqlite {
 public:
  [[nodiscard]] const std::string& url() const noexcept { return url_; }

 private:
  TemporaryFolder folder_;
  std::string url_ = folder_.sqlite_url();
};

}  // namespace polystore::test
