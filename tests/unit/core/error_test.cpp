#include "polystore/error.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>

using namespace polystore;

TEST_CASE("an error says what failed, where, and what may be done next") {
  const Error error({.code = ErrorCode::unavailable,
                     .backend = Backend::postgres,
                     .outcome = Outcome::unknown,
                     .retryable = true,
                     .operation = "commit",
                     .native_code = "57P01",
                     .message = "the server is shutting down"});
  CHECK(std::string(error.what()) ==
        "commit: the server is shutting down [postgres 57P01 unavailable, outcome unknown]");
  CHECK(error.code() == ErrorCode::unavailable);
  CHECK(error.backend() == Backend::postgres);
  CHECK(error.outcome() == Outcome::unknown);
  CHECK(error.retryable());
  CHECK(error.native_code() == "57P01");
}

TEST_CASE("an argument error names its field") {
  try {
    throw_invalid_argument("put", "title", "is empty");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::invalid_argument);
    CHECK(error.field() == "title");
    CHECK_FALSE(error.retryable());
    CHECK(std::string(error.what()) == "put: title: is empty [invalid_argument]");
  }
}

TEST_CASE("a copy of an error shares its text and outlives the original") {
  Error copy({.message = "first"});
  {
    const Error original({.message = "second"});
    copy = original;
    CHECK(copy.what() == original.what());
  }
  CHECK(std::string(copy.what()) == "second [internal]");
}
