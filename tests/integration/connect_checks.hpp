#pragma once

#include "polystore/deadline.hpp"
#include "polystore/error.hpp"

#include "support/child.hpp"
#include "support/errors.hpp"
#include "support/faults.hpp"

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

/// What the wrappers of SQL servers promise alike about connecting. Connection: the wrapper's;
/// options: its options for the real server.
namespace polystore::test {

template <class Connection, class Options>
void check_nobody_there_is_unavailable(Options options) {
  const auto soon = Deadline::after(std::chrono::seconds(20));
  const DeadPort port(DeadPort::Kind::closed);
  options.hosts = {{"127.0.0.1", port.port()}};
  const Error refused = error_of([&] { (void)Connection::connect(options, soon); });
  CHECK(refused.code() == ErrorCode::unavailable);
  CHECK(refused.retryable());
  options.hosts = {{"no-such-host.invalid", 1}};
  const Error unknown = error_of([&] { (void)Connection::connect(options, soon); });
  CHECK(unknown.code() == ErrorCode::unavailable);
}

template <class Connection, class Options>
void check_silent_server_ends_by_the_deadline(Options options) {
  const DeadPort port(DeadPort::Kind::silent);
  options.hosts = {{"127.0.0.1", port.port()}};
  for (const auto span : {std::chrono::milliseconds(0), std::chrono::milliseconds(200)}) {
    check_ends_within(span, [&] {
      const Error error =
          error_of([&] { (void)Connection::connect(options, Deadline::after(span)); });
      CHECK(error.code() == ErrorCode::deadline_exceeded);
      CHECK(error.outcome() == Outcome::not_applied);
    });
  }
}

template <class Connection, class Options>
void check_dead_hosts_leave_time_for_the_next(Options options) {
  const DeadPort closed(DeadPort::Kind::closed);
  const DeadPort silent(DeadPort::Kind::silent);
  options.hosts.insert(
      options.hosts.begin(),
      {{"no-such-host.invalid", 1}, {"127.0.0.1", closed.port()}, {"127.0.0.1", silent.port()}});
  const std::chrono::seconds span(3);
  check_ends_within(span,
                    [&] { CHECK(Connection::connect(options, Deadline::after(span))->healthy()); });
}

/// `pool` holds three connections; select(connection, number) has the server say the number.
template <class Pool, class Select>
void check_threads_share(Pool& pool, Select select) {
  std::atomic<int> right{0};
  std::vector<std::jthread> threads;
  for (int t = 0; t < 6; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        const auto lease = pool.acquire(Deadline::after(std::chrono::seconds(20)));
        const std::int64_t number = t * 1000 + i;
        if (select(*lease, number) == number) ++right;
      }
    });
  }
  threads.clear();
  CHECK(right == 300);
  CHECK(pool.stats().idle <= 3);
}

/// In a forked child the parent's connection is closed; query(connection) has the server say 1.
template <class Connection, class Query>
void check_child_leaves_its_parents_session(Connection connection, Query query) {
  const int status = child_status([&] {
    int result = 1;
    try {
      (void)query(*connection);
    } catch (const Error& error) {
      result = error.code() == ErrorCode::closed && !connection->healthy() ? 0 : 2;
    }
    connection.reset();
    return result;
  });
  CHECK(status == 0);
  CHECK(query(*connection) == 1);
}

}  // namespace polystore::test
