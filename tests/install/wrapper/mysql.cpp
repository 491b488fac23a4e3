#include "expect_error.hpp"

#include <polystore/mysql/connection.hpp>

int main() {
  polystore::mysql::ConnectOptions options;
  options.hosts = {{.name = "127.0.0.1", .port = 1}};
  options.user = "nobody";
  return expect_error("mysql", polystore::Backend::mysql, [&](polystore::Deadline deadline) {
    polystore::mysql::Connection::connect(options, deadline)->query("SELECT 1", deadline);
  });
}
