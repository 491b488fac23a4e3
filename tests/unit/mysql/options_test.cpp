#include "polystore/mysql/options.hpp"

#include "support/errors.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <string>

using namespace polystore;
using polystore::mysql::ConnectOptions;
using polystore::mysql::Host;

TEST_CASE("a MySQL URL gives hosts, credentials and options") {
  const auto options = ConnectOptions::from_url(
      "mysql://app:s%40cret@h1:3307,[::1],h2/my%20db?application_name=x&pool_size=3");
  CHECK(options.hosts == std::vector<Host>{{"h1", 3307}, {"::1", 3306}, {"h2", 3306}});
  CHECK(options.user == "app");
  CHECK(options.password == "s@cret");
  CHECK(options.database == "my db");
  CHECK(options.application_name == "x");
  CHECK(options.pool_size == 3);
}

TEST_CASE("what a MySQL URL leaves out has a default") {
  const auto options = ConnectOptions::from_url("mariadb://db/app");
  CHECK(options.hosts == std::vector<Host>{{"db", 3306}});
  CHECK_FALSE(options.user);
  CHECK_FALSE(options.password);
  CHECK(options.database == "app");
  CHECK(options.application_name == "polystore");
  CHECK(options.pool_size == 8);
}

TEST_CASE("a Unix socket is named by the option socket") {
  const auto options = ConnectOptions::from_url("mysql:///app?socket=/run/mysqld/mysqld.sock");
  CHECK(options.hosts == std::vector<Host>{{"/run/mysqld/mysqld.sock", 3306}});
  CHECK(options.database == "app");
}

TEST_CASE("a wrong MySQL URL is refused by name, without showing it") {
  const std::string rest = GENERATE(
      "://app:s3cr3t@db/app?pool_size=0", "://app:s3cr3t@db/app?pool_size=1001",
      "://app:s3cr3t@db/app?pool_size=s3cr3t", "://app:s3cr3t@db/app?reconnect=1",
      "://app:s3cr3t@db/app?socket=/run/s", "://app:s3cr3t@/app?socket=run", "://app:s3cr3t@/app",
      "://app:s3cr3t@%2Frun%2Fs/app", "://app:s3cr3t@db", "://app:s3cr3t@db/");
  INFO(rest);
  const Error error =
      test::error_of([&] { (void)ConnectOptions::from_url("mysql" + rest, "metadata"); });
  CHECK(error.code() == ErrorCode::invalid_argument);
  CHECK(error.field() == "metadata");
  CHECK(std::string(error.what()).find("s3cr3t") == std::string::npos);
}

TEST_CASE("another scheme is no MySQL URL") {
  test::check_refused("url", "mysql://",
                      [] { (void)ConnectOptions::from_url("postgresql://db/app"); });
}

TEST_CASE("TLS is refused by MySQL URLs, not ignored") {
  const auto option = GENERATE("ssl-mode=REQUIRED", "sslmode=disable", "ssl_ca=x", "tls=true");
  const Error error = test::error_of(
      [&] { (void)ConnectOptions::from_url(std::string("mysql://db/app?") + option, "metadata"); });
  CHECK(error.code() == ErrorCode::unsupported);
  CHECK(error.field() == "metadata");
}
