#include "support/output_breaker.hpp"

#include "support/failures.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace polystore;
using namespace polystore::support;
using namespace std::chrono_literals;

namespace {

Error error_with(ErrorCode code, bool retryable = false, Outcome outcome = Outcome::not_applied) {
  return Error({.code = code,
                .backend = Backend::mongo,
                .outcome = outcome,
                .retryable = retryable,
                .operation = "write outputs"});
}

Deadline::Clock::time_point now() { return Deadline::Clock::now(); }

}  // namespace

TEST_CASE("a server that is away or slow is spared, and the error says so") {
  for (const auto code : {ErrorCode::unavailable, ErrorCode::deadline_exceeded}) {
    OutputBreaker breaker(Backend::mongo);
    CHECK(breaker.allows());
    breaker.failed(error_with(code, true, Outcome::unknown), now() - 501ms);
    CHECK_FALSE(breaker.allows());
    const Error error = breaker.spared();
    CHECK(error.code() == ErrorCode::unavailable);
    CHECK(error.backend() == Backend::mongo);
    CHECK(error.retryable());
    CHECK(error.outcome() == Outcome::not_applied);
    breaker.answered();
    CHECK(breaker.allows());
  }
}

TEST_CASE("a short deadline, or what one output is, says nothing of the server") {
  OutputBreaker breaker(Backend::mongo);
  breaker.failed(error_with(ErrorCode::deadline_exceeded, true), now() - 100ms);
  breaker.failed(error_with(ErrorCode::invalid_argument), now() - 2s);
  CHECK(breaker.allows());
}

TEST_CASE("a write is refused for good only when it is known not to be applied") {
  CHECK(refused_for_good(error_with(ErrorCode::invalid_argument)));
  CHECK(refused_for_good(error_with(ErrorCode::access_denied)));
  CHECK_FALSE(refused_for_good(error_with(ErrorCode::unavailable, true)));
  CHECK_FALSE(refused_for_good(error_with(ErrorCode::unavailable)));
  CHECK_FALSE(refused_for_good(error_with(ErrorCode::closed)));
  CHECK_FALSE(refused_for_good(error_with(ErrorCode::internal, false, Outcome::unknown)));
}

TEST_CASE("only the data's own errors may concern one item of several") {
  using enum ErrorCode;
  for (const auto code : {invalid_argument, not_found, conflict}) {
    CHECK(may_concern_one(error_with(code)));
  }
  for (const auto code : {unavailable, deadline_exceeded, access_denied, schema_mismatch}) {
    CHECK_FALSE(may_concern_one(error_with(code)));
  }
}
