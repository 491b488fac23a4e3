#include "polystore/redis/options.hpp"

#include "support/errors.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <string>
#include <vector>

using namespace polystore;
using polystore::redis::ConnectOptions;

TEST_CASE("a Redis URL gives host, credentials, database and options") {
  const auto options = ConnectOptions::from_url(
      "redis://app:s%40cret@cache:6380/12?client_name=web&pool_size=3", "responses");
  CHECK(options.host == "cache");
  CHECK(options.port == 6380);
  CHECK(options.user == "app");
  CHECK(options.password == "s@cret");
  CHECK(options.database == 12);
  CHECK(options.client_name == "web");
  CHECK(options.pool_size == 3);
}

TEST_CASE("what a Redis URL leaves out has a default") {
  const auto options = ConnectOptions::from_url("redis://[::1]", "responses");
  CHECK(options.host == "::1");
  CHECK(options.port == 6379);
  CHECK_FALSE(options.user);
  CHECK_FALSE(options.password);
  CHECK(options.database == 0);
  CHECK(options.client_name == "polystore");
  CHECK(options.pool_size == 8);
}

TEST_CASE("a password alone is that of the default user") {
  const auto options = ConnectOptions::from_url("redis://:pw@cache", "responses");
  CHECK_FALSE(options.user);
  CHECK(options.password == "pw");
}

TEST_CASE("a wrong Redis URL is refused by name, without showing it") {
  const std::string rest =
      GENERATE("://:s3cr3t@cache/x", "://:s3cr3t@cache/70000", "://:s3cr3t@cache/-1",
               "://:s3cr3t@cache/0?pool_size=0", "://:s3cr3t@cache/0?pool_size=s3cr3t",
               "://:s3cr3t@cache/0?timeout=3", "://:s3cr3t@cache,other/0", "://s3cr3t@cache/0",
               "://:s3cr3t@cache:99999/0", "://:s3cr3t@cache?client_name=a%20b");
  INFO(rest);
  const Error error =
      test::error_of([&] { (void)ConnectOptions::from_url("redis" + rest, "responses"); });
  CHECK(error.code() == ErrorCode::invalid_argument);
  CHECK(error.field() == "responses");
  CHECK(std::string(error.what()).find("s3cr3t") == std::string::npos);
}

TEST_CASE("a Redis URL names sentinels, by either spelling") {
  const std::string scheme = GENERATE("redis+sentinel", "redis-sentinel");
  const auto options = ConnectOptions::from_url(
      scheme + "://app:pw@one:1,[::2]/4?master=cache&sentinel_user=s&sentinel_password=q%40",
      "responses");
  CHECK(options.sentinels);
  CHECK(options.user == "app");
  CHECK(options.password == "pw");
  CHECK(options.database == 4);
  // Copies find the master together.
  CHECK(ConnectOptions(options).sentinels == options.sentinels);
  CHECK_FALSE(ConnectOptions::from_url("redis://one", "responses").sentinels);
}

TEST_CASE("a wrong URL of sentinels is refused by name, without showing it") {
  const std::string rest = GENERATE(
      "://:s3cr3t@cache", "://:s3cr3t@cache?master=", "://:s3cr3t@cache?master=m&sentinel_user=u",
      "://:s3cr3t@cache/s3cr3t?master=m", "://:s3cr3t@cache?master=m&master_name=s3cr3t");
  INFO(rest);
  const Error error =
      test::error_of([&] { (void)ConnectOptions::from_url("redis+sentinel" + rest, "vectors"); });
  CHECK(error.code() == ErrorCode::invalid_argument);
  CHECK(error.field() == "vectors");
  CHECK(std::string(error.what()).find("s3cr3t") == std::string::npos);
}

TEST_CASE("a Redis URL names nodes of a cluster, by either spelling") {
  const std::string scheme = GENERATE("redis+cluster", "redis-cluster");
  const auto options =
      ConnectOptions::from_url(scheme + "://:pw@one:1,two/?pool_size=2", "vectors");
  const std::vector<redis::Endpoint> expected{{"one", 1}, {"two", 6379}};
  CHECK(options.cluster == expected);
  CHECK(options.host == "one");
  CHECK(options.port == 1);
  CHECK(options.password == "pw");
  CHECK(options.pool_size == 2);
  CHECK_FALSE(options.sentinels);
  CHECK(ConnectOptions::from_url("redis+cluster://", "vectors").cluster.size() == 1);
  CHECK(ConnectOptions::from_url("redis://one", "vectors").cluster.empty());
  test::check_refused("vectors", "only 0",
                      [&] { (void)ConnectOptions::from_url(scheme + "://one/1", "vectors"); });
}

TEST_CASE("TLS is refused by Redis URLs, not ignored") {
  const std::string url = GENERATE("rediss://cache", "rediss+sentinel://cache?master=m",
                                   "redis://cache?tls=true", "redis+sentinel://c?master=m&tls=1");
  const Error error = test::error_of([&] { (void)ConnectOptions::from_url(url, "responses"); });
  CHECK(error.code() == ErrorCode::unsupported);
  CHECK(error.field() == "responses");
}
