#include "expect_error.hpp"

#include <polystore/sqlite/connection.hpp>

int main() {
  polystore::sqlite::ConnectOptions options;
  options.path = "/no such folder/polystore.db";
  return expect_error("sqlite", polystore::Backend::sqlite, [&](polystore::Deadline deadline) {
    polystore::sqlite::Connection::open(options, deadline)->execute("SELECT 1", deadline);
  });
}
