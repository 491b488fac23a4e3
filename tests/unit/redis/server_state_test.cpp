#include "adapters/redis/server_state.hpp"

#include "support/errors.hpp"
#include "support/patience.hpp"

#include <catch2/catch_test_macros.hpp>

#include <optional>

using namespace polystore;
using namespace std::chrono_literals;
using adapters::redis::Access;
using adapters::redis::ServerState;

namespace {

Error failure(ErrorCode code, Outcome outcome = Outcome::not_applied) {
  return Error({.code = code, .outcome = outcome});
}

std::optional<ErrorCode> refusal(ServerState& state, Access access) {
  try {
    state.require(access);
    return std::nullopt;
  } catch (const Error& error) {
    return error.code();
  }
}

const auto now = &ServerState::Clock::now;

}  // namespace

TEST_CASE("a server that can't be reached is not asked again until one caller tries") {
  ServerState state;
  CHECK_FALSE(refusal(state, Access::read));
  state.failed(failure(ErrorCode::unavailable), now());
  CHECK(refusal(state, Access::read) == ErrorCode::unavailable);
  CHECK(refusal(state, Access::write) == ErrorCode::unavailable);
  CHECK(test::error_of([&] { state.require_there(); }).retryable());
  CHECK(test::becomes_true([&] { return !refusal(state, Access::read); }));
  CHECK(refusal(state, Access::read) == ErrorCode::unavailable);
  state.answered();
  CHECK_FALSE(refusal(state, Access::read));
  CHECK_FALSE(refusal(state, Access::write));
}

TEST_CASE("a server that refuses the credentials is told as that") {
  ServerState state;
  state.failed(failure(ErrorCode::access_denied), now());
  const Error error = test::error_of([&] { state.require_there(); });
  CHECK(error.code() == ErrorCode::access_denied);
  CHECK_FALSE(error.retryable());
}

TEST_CASE("one missed deadline or lost connection shows nothing, silence does") {
  for (const Error& error :
       {failure(ErrorCode::deadline_exceeded), failure(ErrorCode::unavailable, Outcome::unknown)}) {
    ServerState state;
    const auto begin = now();
    state.failed(error, begin);
    CHECK_FALSE(refusal(state, Access::read));
    state.answered();
    state.failed(error, begin - 10ms);
    CHECK_FALSE(refusal(state, Access::read));
    state.failed(error, begin + 5s);  // counts from the first
    state.answered();
    state.failed(error, begin - 25ms);
    CHECK(refusal(state, Access::read) == ErrorCode::unavailable);
  }
}

TEST_CASE("a server that refuses writes is still read, and each kind recovers by itself") {
  ServerState state;
  state.refused(Access::write, failure(ErrorCode::overloaded));
  CHECK_FALSE(refusal(state, Access::read));
  CHECK(refusal(state, Access::write) == ErrorCode::unavailable);
  state.require_there();
  state.succeeded(Access::read);
  state.answered();
  CHECK(refusal(state, Access::write) == ErrorCode::unavailable);
  state.succeeded(Access::write);
  CHECK_FALSE(refusal(state, Access::write));
}

TEST_CASE("what is the caller's own fault keeps nobody out") {
  ServerState state;
  for (const auto code : {ErrorCode::invalid_argument, ErrorCode::internal, ErrorCode::not_found}) {
    state.refused(Access::read, failure(code));
    state.failed(failure(code), now() - 1h);
    CHECK_FALSE(refusal(state, Access::read));
  }
  state.failed(failure(ErrorCode::closed), now() - 1h);
  CHECK_FALSE(refusal(state, Access::read));
}
