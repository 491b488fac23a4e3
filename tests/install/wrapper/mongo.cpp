#include "expect_error.hpp"

#include <polystore/mongo/pool.hpp>

int main() {
  polystore::mongo::ConnectOptions options;
  options.hosts = {{.name = "127.0.0.1", .port = 1}};
  options.database = "app";
  return expect_error("mongo", polystore::Backend::mongo, [&](polystore::Deadline deadline) {
    polystore::mongo::Bson ping;
    bson_append_int32(ping.get(), "ping", -1, 1);
    auto pool = polystore::mongo::make_pool(options);
    (void)pool.acquire(deadline)->run(options.database, std::move(ping), deadline);
  });
}
