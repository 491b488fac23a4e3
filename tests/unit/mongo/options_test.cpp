#include "polystore/mongo/options.hpp"

#include "support/errors.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <string>

using namespace polystore;
using polystore::mongo::ConnectOptions;
using polystore::mongo::Host;

TEST_CASE("a MongoDB URL gives hosts, credentials, database and options") {
  const auto options = ConnectOptions::from_url(
      "mongodb://app:s%40cret@h1:27018,[::1],h2/app_db?replicaSet=rs&authSource=users&appName=web"
      "&pool_size=3",
      "outputs");
  CHECK(options.hosts == std::vector<Host>{{"h1", 27018}, {"::1", 27017}, {"h2", 27017}});
  CHECK(options.user == "app");
  CHECK(options.password == "s@cret");
  CHECK(options.database == "app_db");
  CHECK(options.replica_set == "rs");
  CHECK(options.auth_source == "users");
  CHECK(options.app_name == "web");
  CHECK_FALSE(options.direct_connection);
  CHECK(options.pool_size == 3);
}

TEST_CASE("what a MongoDB URL leaves out has a default") {
  const auto options = ConnectOptions::from_url("mongodb://db/app", "outputs");
  CHECK(options.hosts == std::vector<Host>{{"db", 27017}});
  CHECK_FALSE(options.user);
  CHECK_FALSE(options.replica_set);
  CHECK(options.auth_source == "admin");
  CHECK(options.app_name == "polystore");
  CHECK(options.pool_size == 8);
  CHECK(ConnectOptions::from_url("mongodb://db/app?directConnection=true", "outputs")
            .direct_connection);
}

TEST_CASE("a wrong MongoDB URL is refused by name, without showing it") {
  const std::string rest = GENERATE(
      "://u:s3cr3t@db", "://u:s3cr3t@db/", "://u:s3cr3t@db/a.b", "://u:s3cr3t@db/a%20b",
      "://u:s3cr3t@db/app?pool_size=0", "://u:s3cr3t@db/app?w=1",
      "://u:s3cr3t@db/app?journal=false", "://u:s3cr3t@db/app?directConnection=s3cr3t",
      "://u:s3cr3t@db,h2/app?directConnection=true", "://s3cr3t@db/app", "://u:s3cr3t@db:0/app");
  INFO(rest);
  const Error error =
      test::error_of([&] { (void)ConnectOptions::from_url("mongodb" + rest, "outputs"); });
  CHECK(error.code() == ErrorCode::invalid_argument);
  CHECK(error.field() == "outputs");
  CHECK(std::string(error.what()).find("s3cr3t") == std::string::npos);
}

TEST_CASE("what asks for another protocol is refused by MongoDB URLs, not ignored") {
  CHECK(test::error_of([] {
          (void)ConnectOptions::from_url("mongodb+srv://db/app", "outputs");
        }).field() == "outputs");
  const std::string option = GENERATE("tls=true", "ssl=true", "tlsCAFile=x");
  const Error error = test::error_of(
      [&] { (void)ConnectOptions::from_url("mongodb://db/app?" + option, "outputs"); });
  CHECK(error.code() == ErrorCode::unsupported);
  CHECK(error.field() == "outputs");
}
