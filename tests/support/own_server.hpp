#pragma once

#include "support/temporary_folder.hpp"

#include <string>

namespace polystore::test {

/// A server of the test's own, which it may kill and start again on its port and data. Skips the
/// test where there is none to be had. Ended, with its data, at the end of its scope.
class OwnServer {
 public:
  /// Redis keeps nothing over a crash, as a cache may, unless it is durable.
  enum class Kind { postgres, mysql, mongo, redis, durable_redis };

  explicit OwnServer(Kind kind);
  OwnServer(const OwnServer&) = delete;
  OwnServer& operator=(const OwnServer&) = delete;
  ~OwnServer();

  [[nodiscard]] const std::string& url() const noexcept { return url_; }
  /// Ends it at once, with nothing written that was not.
  void crash() const;
  /// Its process, for signals.
  [[nodiscard]] int pid() const;
  /// Starts it again and waits until it serves.
  void restart() const;

 private:
  void run(const std::string& action) const;
  [[nodiscard]] std::string folder() const { return (folder_.path() / "servers").string(); }

  [[nodiscard]] std::string told(const std::string& name) const;

  const Kind kind_;
  TemporaryFolder folder_;
  std::string url_;
};

}  // namespace polystore::test
