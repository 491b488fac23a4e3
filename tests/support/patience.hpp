#pragma once

#include "polystore/deadline.hpp"
#include "polystore/error.hpp"

#include <chrono>
#include <thread>

namespace polystore::test {

/// InnoDB's list of transactions is made anew only for who has not looked at it for 100 ms.
inline constexpr std::chrono::milliseconds innodb_pause{120};

/// Waits until `condition` holds, for a minute at most; a test that passes needs far less.
template <class Condition>
[[nodiscard]] bool becomes_true(Condition&& condition,
                                std::chrono::milliseconds pause = std::chrono::milliseconds(2)) {
  const auto give_up = Deadline::after(std::chrono::minutes(1));
  while (!condition()) {
    if (give_up.expired()) return false;
    std::this_thread::sleep_for(pause);
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
