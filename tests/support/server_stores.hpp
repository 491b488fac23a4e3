#pragma once

#include "polystore/options.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace polystore::test {

/// A new, empty PostgreSQL database on the server of POLYSTORE_TEST_POSTGRES_URL, dropped at the
/// end of its scope. Made with libpq directly, not with what is under test.
class ScratchPostgres {
 public:
  ScratchPostgres();
  ScratchPostgres(const ScratchPostgres&) = delete;
  ScratchPostgres& operator=(const ScratchPostgres&) = delete;
  ~ScratchPostgres();

  [[nodiscard]] const std::string& url() const noexcept { return url_; }
  /// Runs SQL in the database and returns the first column of the first row, or "".
  [[nodiscard]] std::string query(const std::string& sql) const;

 private:
  std::string server_url_;
  std::string name_;
  std::string url_;
};

/// The same for MariaDB and POLYSTORE_TEST_MYSQL_URL, made with libmariadb directly.
class ScratchMysql {
 public:
  ScratchMysql();
  ScratchMysql(const ScratchMysql&) = delete;
  ScratchMysql& operator=(const ScratchMysql&) = delete;
  ~ScratchMysql();

  [[nodiscard]] const std::string& url() const noexcept { return url_; }
  [[nodiscard]] const std::string& database() const noexcept { return name_; }
  /// Runs SQL in the database and returns the first column of the first row, or "".
  [[nodiscard]] std::string query(const std::string& sql) const;

 private:
  std::string name_;
  std::string url_;
};

/// The same for MongoDB and POLYSTORE_TEST_MONGO_URL, made with libmongoc directly.
class ScratchMongo {
 public:
  ScratchMongo();
  ScratchMongo(const ScratchMongo&) = delete;
  ScratchMongo& operator=(const ScratchMongo&) = delete;
  ~ScratchMongo();

  [[nodiscard]] const std::string& url() const noexcept { return url_; }
  [[nodiscard]] const std::string& database() const noexcept { return name_; }
  /// Runs a command (JSON) on the database and returns the reply as JSON.
  [[nodiscard]] std::string command(const std::string& json) const;

 private:
  struct Client;
  std::string name_;
  std::string url_;
  std::unique_ptr<Client> client_;
};

/// An emptied Redis database of this process's own, on the server of POLYSTORE_TEST_REDIS_URL
/// (tests/support/servers.sh gives it enough of them).
class ScratchRedis {
 public:
  ScratchRedis();

  [[nodiscard]] const std::string& url() const noexcept { return url_; }
  /// What `redis-cli` prints for these arguments.
  [[nodiscard]] std::string cli(const std::string& arguments) const;

 private:
  std::string server_url_;
  std::string number_;
  std::string url_;
};

/// Options for a store on these servers and memory, whose calls have time enough for a busy
/// machine.
template <class Metadata, class Outputs>
OpenOptions options_on(const Metadata& metadata, const Outputs& outputs) {
  return {.metadata = metadata.url(),
          .outputs = outputs.url(),
          .responses = "memory:",
          .deadline = std::chrono::seconds(20)};
}
template <class Metadata, class Outputs>
OpenOptions options_on(const Metadata& metadata, const Outputs& outputs,
                       const ScratchRedis& redis) {
  OpenOptions options = options_on(metadata, outputs);
  options.responses = redis.url();
  options.response_deadline = std::chrono::seconds(2);
  return options;
}

}  // namespace polystore::test
