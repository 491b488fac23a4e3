#include "expect_error.hpp"

#include <polystore/postgres/connection.hpp>

int main() {
  polystore::postgres::ConnectOptions options;
  options.hosts = {{.name = "127.0.0.1", .port = 1}};
  options.user = "nobody";
  return expect_error("postgres", polystore::Backend::postgres, [&](polystore::Deadline deadline) {
    polystore::postgres::Connection::connect(options, deadline)
        ->query("SELECT 1", polystore::postgres::Params(), deadline);
  });
}
