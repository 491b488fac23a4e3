#pragma once

#include "polystore/deadline.hpp"
#include "polystore/error.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

namespace polystore::test {

/// Runs `call` and returns the Error it throws; fails the test if it throws none.
template <class Call>
Error error_of(Call&& call) {
  try {
    std::forward<Call>(call)();
  } catch (const Error& error) {
    return error;
  }
  FAIL("no error was thrown");
  return Error({});
}

/// Checks an argument error: its code, its field, and that its text tells what is allowed.
template <class Call>
void check_refused(std::string_view field, std::string_view told, Call&& call) {
  const Error error = error_of(std::forward<Call>(call));
  CHECK(error.code() == ErrorCode::invalid_argument);
  CHECK(error.field() == field);
  CHECK(error.outcome() == Outcome::not_applied);
  INFO(error.what());
  CHECK(std::string(error.what()).find(told) != std::string::npos);
}

/// Makes a call whose deadline has passed: it must end at once, done or for want of time.
template <class Call>
void check_ends_at_once(Call&& call) {
  const auto start = Deadline::Clock::now();
  try {
    std::forward<Call>(call)();
  } catch (const Error& error) {
    INFO(error.what());
    CHECK((error.code() == ErrorCode::deadline_exceeded || error.code() == ErrorCode::unavailable));
  }
  CHECK(Deadline::Clock::now() - start < std::chrono::seconds(1));
}

}  // namespace polystore::test
