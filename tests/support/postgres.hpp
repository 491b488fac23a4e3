#pragma once

#include "polystore/postgres/connection.hpp"
#include "polystore/postgres/pool.hpp"
#include "polystore/postgres/transaction.hpp"

#include "support/errors.hpp"
#include "support/faults.hpp"
#include "support/servers.hpp"

#include <catch2/catch_test_macros.hpp>

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

namespace polystore::test {

inline postgres::ConnectOptions postgres_options() {
  return postgres::ConnectOptions::from_url(require_server("POSTGRES_URL"));
}

inline Deadline soon() { return Deadline::after(std::chrono::seconds(20)); }

inline std::unique_ptr<postgres::Connection> connect_postgres() {
  return postgres::Connection::connect(postgres_options(), soon());
}

/// A schema of its own, dropped at the end.
class ScratchSchema {
 public:
  ScratchSchema() {
    static std::atomic<int> count{0};
    name_ = "polystore_test_" + std::to_string(getpid()) + "_" + std::to_string(count++);
    connect_postgres()->query("CREATE SCHEMA " + name_, {}, soon());
  }
  ScratchSchema(const ScratchSchema&) = delete;
  ScratchSchema& operator=(const ScratchSchema&) = delete;
  ~ScratchSchema() {
    try {
      connect_postgres()->query("DROP SCHEMA " + name_ + " CASCADE", {}, soon());
    } catch (const Error&) {
      // the test has failed for that reason already
    }
  }

  [[nodiscard]] const std::string& name() const noexcept { return name_; }

  [[nodiscard]] postgres::ConnectOptions options() const {
    auto options = postgres_options();
    options.search_path = name_;
    return options;
  }

  [[nodiscard]] std::unique_ptr<postgres::Connection> connect() const {
    return postgres::Connection::connect(options(), soon());
  }

 private:
  std::string name_;
};

/// The test server's URL with a schema as its search_path.
inline std::string url_in(const ScratchSchema& schema) {
  const std::string url = require_server("POSTGRES_URL");
  return url + (url.find('?') == std::string::npos ? '?' : '&') + "search_path=" + schema.name();
}

/// Ends a session from outside and waits until it is gone.
inline void terminate_backend(int pid) {
  const auto admin = connect_postgres();
  admin->query("SELECT pg_terminate_backend($1::int)", postgres::Params().int64(pid), soon());
  while (admin
             ->query("SELECT FROM pg_stat_activity WHERE pid = $1", postgres::Params().int64(pid),
                     soon())
             .rows() != 0) {
    usleep(5'000);
  }
}

}  // namespace polystore::test
