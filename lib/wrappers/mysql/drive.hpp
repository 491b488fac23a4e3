#pragma once

#include "polystore/deadline.hpp"

#include <mariadb/mysql.h>

/// libmariadb's calls that do not block, driven to their end.
namespace polystore::mysql {

/// Waits for what a suspended call asks for. MYSQL_WAIT_… as the call is to be resumed with;
/// MYSQL_WAIT_TIMEOUT when the deadline passed first.
int await(MYSQL* connection, int events, Deadline deadline) noexcept;

template <class Value>
struct Driven {
  Value value{};
  bool expired = false;  ///< The deadline passed first: libmariadb has given the connection up.
};

/// Calls mysql_…_start, `start`, and mysql_…_cont, `proceed`, until it has ended.
template <class Value, class Start, class Proceed>
Driven<Value> drive(MYSQL* connection, Deadline deadline, Start start, Proceed proceed) {
  Driven<Value> driven;
  int events = start(&driven.value);
  while (events != 0) {
    // Resumed so, the call fails at once and cleans up after itself.
    const int ready = driven.expired ? MYSQL_WAIT_TIMEOUT : await(connection, events, deadline);
    driven.expired = driven.expired || ready == MYSQL_WAIT_TIMEOUT;
    events = proceed(&driven.value, ready);
  }
  return driven;
}

}  // namespace polystore::mysql
