#pragma once

#include "polystore/deadline.hpp"
#include "polystore/error.hpp"

#include "support/errors.hpp"
#include "support/faults.hpp"
#include "support/patience.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>

/// What the wrappers of SQL servers promise alike about transactions. Transaction: the wrapper's.
/// Fixture: an empty table t of numbers, each there once at most: `connection`, Fixture::insert(x)
/// as the statements that a transaction runs, and count() of the rows that others see.
namespace polystore::test {

inline Deadline in_time() { return Deadline::after(std::chrono::seconds(20)); }

template <class Transaction, class Fixture>
void check_visible_from_its_commit_on() {
  Fixture f;
  Transaction transaction(*f.connection);
  transaction.send(Fixture::insert(1), in_time());
  CHECK(transaction.receive(in_time()).at(0).affected_rows() == 1);
  CHECK(transaction.run(Fixture::insert(2), in_time()).size() == 1);
  CHECK(f.count() == 0);
  transaction.commit(in_time());
  CHECK(f.count() == 2);
  CHECK(f.connection->healthy());
  CHECK(error_of([&] { transaction.send(Fixture::insert(3), in_time()); }).code() ==
        ErrorCode::internal);
}

template <class Transaction, class Fixture>
void check_nothing_left_without_commit() {
  Fixture f;
  {
    Transaction transaction(*f.connection);
    transaction.run(Fixture::insert(1), in_time());
    transaction.send(Fixture::insert(2), in_time());
  }
  CHECK(f.connection->healthy());
  CHECK(f.count() == 0);
  {
    Transaction unused(*f.connection);
    unused.commit(in_time());
  }
  CHECK(f.connection->healthy());
}

template <class Transaction, class Fixture>
void check_commit_of_a_failed_one_is_a_failure() {
  Fixture f;
  {
    Transaction transaction(*f.connection);
    transaction.run(Fixture::insert(1), in_time());
    const Error twice = error_of([&] { transaction.run(Fixture::insert(1), in_time()); });
    CHECK(twice.code() == ErrorCode::conflict);
    const Error error = error_of([&] { transaction.commit(in_time()); });
    CHECK(error.code() == ErrorCode::internal);
    CHECK(error.outcome() == Outcome::not_applied);
  }
  CHECK(f.connection->healthy());
  CHECK(f.count() == 0);
}

/// `pid`: the process that serves the fixture's connection.
template <class Transaction, class Fixture>
void check_unanswered_commit_is_in_doubt(Fixture& f, int pid) {
  Transaction transaction(*f.connection);
  transaction.run(Fixture::insert(1), in_time());
  {
    const StoppedProcess stopped(pid);
    const std::chrono::milliseconds span(200);
    check_ends_within(span, [&] {
      const Error error = error_of([&] { transaction.commit(Deadline::after(span)); });
      CHECK(error.code() == ErrorCode::deadline_exceeded);
      CHECK(error.outcome() == Outcome::unknown);
    });
  }
  // The request had reached the server, which carries it out when it goes on.
  CHECK(becomes_true([&] { return f.count() == 1; }));
}

template <class Transaction, class Fixture>
void check_late_commit_is_not_sent() {
  Fixture f;
  Transaction transaction(*f.connection);
  transaction.run(Fixture::insert(1), in_time());
  const Error error = error_of([&] { transaction.commit(Deadline::immediate()); });
  CHECK(error.code() == ErrorCode::deadline_exceeded);
  CHECK(error.outcome() == Outcome::not_applied);
}

}  // namespace polystore::test
