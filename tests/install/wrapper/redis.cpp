#include "expect_error.hpp"

#include <polystore/redis/connection.hpp>

int main() {
  const polystore::redis::ConnectOptions options{.host = "127.0.0.1", .port = 1};
  return expect_error("redis", polystore::Backend::redis, [&](polystore::Deadline deadline) {
    polystore::redis::Connection::connect(options, deadline)->command({"PING"}, deadline);
  });
}
