#include "core/url.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <string>

using polystore::Error;
using polystore::ErrorCode;
using polystore::detail::parse_url;

TEST_CASE("a URL is split and decoded") {
  const auto url = parse_url(
      "PostgreSQL://app:s%40c%3Aret@[::1]:5433,db.example/app%20db?pool=8&x=%C3%A9", "metadata");
  CHECK(url.scheme == "postgresql");
  CHECK(url.user == "app");
  CHECK(url.password == "s@c:ret");
  REQUIRE(url.endpoints.size() == 2);
  CHECK(url.endpoints[0] == polystore::detail::Endpoint{"::1", 5433});
  CHECK(url.endpoints[1] == polystore::detail::Endpoint{"db.example", std::nullopt});
  CHECK(url.path == "app db");
  CHECK(url.option("pool") == "8");
  CHECK(url.option("x") == "\xc3\xa9");
  CHECK_FALSE(url.option("y"));
}

TEST_CASE("a URL without host, user or path is still one") {
  const auto url = parse_url("redis://", "responses");
  CHECK(url.endpoints.empty());
  CHECK_FALSE(url.user);
  CHECK(url.path.empty());
}

TEST_CASE("a malformed URL is refused and none of it is shown") {
  const std::string secret = "s3cr3t";
  const auto text = GENERATE_COPY(
      "postgresql//app:" + secret + "@db/app", "postgresql://app:" + secret + "@@db/app",
      "postgresql://app:x:" + secret + "@db/app", "postgresql://app:" + secret + "/x@db/app",
      "postgresql://app:" + secret + "%zz@db/app", "postgresql://app:" + secret + "%0@db/app",
      "postgresql://app:" + secret + "%00@db/app", "postgresql://app:pw@db:" + secret + "/app",
      "postgresql://app:" + secret + "@[::1/app", "postgresql://app:" + secret + "@db:0/app",
      "postgresql://app:" + secret + "@db:65536/app", "postgresql://app:" + secret + "@db/app?x",
      "postgresql://app:" + secret + "@db/app?x=1&x=2", "postgresql://app:a?b=" + secret,
      "postgresql://app:" + secret + "@,/app", "postgresql://app:" + secret + " x@d b/app");
  INFO(text);
  try {
    const auto url = parse_url(text, "metadata");
    refuse_unknown_options(url, "metadata", {});
    FAIL("accepted");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::invalid_argument);
    CHECK(error.field() == "metadata");
    CHECK(std::string(error.what()).find(secret) == std::string::npos);
  }
}

TEST_CASE("options that are not known, and TLS options, are refused, not ignored") {
  const auto code_of = [](const char* text) {
    try {
      refuse_unknown_options(parse_url(text, "metadata"), "metadata", {"pool"});
    } catch (const Error& error) {
      CHECK(error.field() == "metadata");
      return error.code();
    }
    return ErrorCode::internal;
  };
  CHECK(code_of("postgresql://db/app?pol=8") == ErrorCode::invalid_argument);
  CHECK(code_of("postgresql://db/app?sslmode=require") == ErrorCode::unsupported);
  CHECK(code_of("mongodb://db/app?tls=true") == ErrorCode::unsupported);
  CHECK(code_of("mongodb://db/app?pool=3") == ErrorCode::internal);
}

TEST_CASE("a number option is checked against its range") {
  const auto url = parse_url("redis://h/?a=5&b=x&c=99999999999999999999&d=", "responses");
  CHECK(polystore::detail::integer_option(url, "responses", "a", 1, 10) == 5);
  CHECK_FALSE(polystore::detail::integer_option(url, "responses", "none", 1, 10));
  for (const char* name : {"b", "c", "d"}) {
    CHECK_THROWS_AS(polystore::detail::integer_option(url, "responses", name, 1, 10), Error);
  }
  CHECK_THROWS_AS(polystore::detail::integer_option(url, "responses", "a", 6, 10), Error);
}
