#pragma once

#include "polystore/deadline.hpp"
#include "polystore/error.hpp"

#include <chrono>
#include <thread>

namespace polystore::test {

/// Waits until `condition` holds, for a minute at most; a test that passes needs far less.
template <class Condition>
[[nodiscard]] bool becomes_true(Condition&& condition) {
  const auto give_up = Deadline::after(std::chrono::minutes(1));
  while (!condition()) {
    if (give_up.expired()) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

/// Waits as long until `call` fails no more.
template <class Call>
[[nodiscard]] bool works_again(Call&& call) {
  return becomes_true([&] {
    try {
      call();
      return true;
    } catch (const Error&) {
      return false;
    }
  });
}

}  // namespace polystore::test
