#include "polystore/postgres/options.hpp"

#include "support/errors.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <string>

using namespace polystore;
using polystore::postgres::ConnectOptions;
using polystore::postgres::Host;

TEST_CASE("a PostgreSQL URL gives hosts, credentials and options") {
  const auto options = ConnectOptions::from_url(
      "postgresql://app:s%40cret@h1:5433,[::1],h2/my%20db?application_name=x&search_path=a,b"
      "&pool_size=3");
  CHECK(options.hosts == std::vector<Host>{{"h1", 5433}, {"::1", 5432}, {"h2", 5432}});
  CHECK(options.user == "app");
  CHECK(options.password == "s@cret");
  CHECK(options.database == "my db");
  CHECK(options.application_name == "x");
  CHECK(options.search_path == "a,b");
  CHECK(options.pool_size == 3);
}

TEST_CASE("what a PostgreSQL URL leaves out has a default") {
  const auto options = ConnectOptions::from_url("postgres://db");
  CHECK(options.hosts == std::vector<Host>{{"db", 5432}});
  CHECK_FALSE(options.user);
  CHECK_FALSE(options.password);
  CHECK_FALSE(options.database);
  CHECK(options.application_name == "polystore");
  CHECK(options.search_path.empty());
  CHECK(options.pool_size == 8);
}

TEST_CASE("a Unix socket is named by the options host and port") {
  const auto options = ConnectOptions::from_url("postgresql:///app?host=/run/pg&port=5433");
  CHECK(options.hosts == std::vector<Host>{{"/run/pg", 5433}});
  CHECK(options.database == "app");
}

TEST_CASE("a wrong PostgreSQL URL is refused by name, without showing it") {
  const std::string rest =
      GENERATE("://app:s3cr3t@db/app?pool_size=0", "://app:s3cr3t@db/app?pool_size=1001",
               "://app:s3cr3t@db/app?pool_size=s3cr3t", "://app:s3cr3t@db/app?connect_timeout=3",
               "://app:s3cr3t@db/app?host=/run", "://app:s3cr3t@db/app?port=5433",
               "://app:s3cr3t@/app", "://app:s3cr3t@%2Frun%2Fs/app",
               "://app:s3cr3t@/app?host=localhost", "://app:s3cr3t@/app?host=/run&port=0");
  INFO(rest);
  const Error error =
      test::error_of([&] { (void)ConnectOptions::from_url("postgresql" + rest, "metadata"); });
  CHECK(error.code() == ErrorCode::invalid_argument);
  CHECK(error.field() == "metadata");
  CHECK(std::string(error.what()).find("s3cr3t") == std::string::npos);
}

TEST_CASE("another scheme is no PostgreSQL URL") {
  test::check_refused("url", "postgresql://",
                      [] { (void)ConnectOptions::from_url("mysql://db/app"); });
}

TEST_CASE("TLS is refused by PostgreSQL URLs, not ignored") {
  const auto option =
      GENERATE("sslmode=verify-full", "sslmode=disable", "sslrootcert=x", "tls=true");
  const Error error = test::error_of([&] {
    (void)ConnectOptions::from_url(std::string("postgresql://db/app?") + option, "metadata");
  });
  CHECK(error.code() == ErrorCode::unsupported);
  CHECK(error.field() == "metadata");
}
