#pragma once

#include "polystore/mysql/connection.hpp"
#include "polystore/mysql/pool.hpp"
#include "polystore/mysql/transaction.hpp"

#include "support/errors.hpp"
#include "support/faults.hpp"
#include "support/patience.hpp"
#include "support/servers.hpp"

#include <catch2/catch_test_macros.hpp>

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace polystore::test {

inline mysql::ConnectOptions mysql_options() {
  return mysql::ConnectOptions::from_url(require_server("MYSQL_URL"));
}

inline Deadline soon() { return Deadline::after(std::chrono::seconds(20)); }

inline std::unique_ptr<mysql::Connection> connect_mysql() {
  return mysql::Connection::connect(mysql_options(), soon());
}

inline int mysql_pid() { return std::stoi(require_server("MYSQL_PID")); }

/// A database of its own, dropped at the end.
class ScratchDatabase {
 public:
  ScratchDatabase() {
    static std::atomic<int> count{0};
    name_ = "polystore_test_" + std::to_string(getpid()) + "_" + std::to_string(count++);
    connect_mysql()->query("CREATE DATABASE " + name_, soon());
  }
  ScratchDatabase(const ScratchDatabase&) = delete;
  ScratchDatabase& operator=(const ScratchDatabase&) = delete;
  ~ScratchDatabase() {
    try {
      connect_mysql()->query("DROP DATABASE " + name_, soon());
    } catch (const Error&) {
      // the test has failed for that reason already
    }
  }

  [[nodiscard]] const std::string& name() const noexcept { return name_; }

  [[nodiscard]] mysql::ConnectOptions options() const {
    auto options = mysql_options();
    options.database = name_;
    return options;
  }

  [[nodiscard]] std::unique_ptr<mysql::Connection> connect() const {
    return mysql::Connection::connect(options(), soon());
  }

 private:
  std::string name_;
};

/// The test server's URL with another database.
inline std::string url_in(const ScratchDatabase& database) {
  const std::string url = require_server("MYSQL_URL");
  return url.substr(0, url.rfind('/') + 1) + database.name();
}

/// Ends a session from outside and waits until it is gone.
inline void kill_session(std::uint64_t id) {
  const auto admin = connect_mysql();
  admin->query("KILL CONNECTION " + std::to_string(id), soon());
  CHECK(becomes_true([&] {
    return admin
               ->query(
                   "SELECT 1 FROM information_schema.processlist WHERE id = " + std::to_string(id),
                   soon())
               .rows() == 0;
  }));
}

}  // namespace polystore::test
