#pragma once

#include "fault/sql_store.hpp"
#include "support/errors.hpp"
#include "support/faults.hpp"

#include <chrono>
#include <future>
#include <optional>
#include <vector>

/// Deadlocks, and transactions that hold what a put needs, on each server of metadata.
/// Other: another program's session on the database, made from the store; hold(draft) inserts a row
/// of the draft's id with other content and does not commit, run(sql) runs SQL.
namespace polystore::test {

/// Puts the same batches in opposite order from two stores.
template <class Database>
void put_in_opposite_order(const SqlStore<Database>& f, int rounds) {
  auto first = f.impatient(std::chrono::seconds(5));
  auto second = f.impatient(std::chrono::seconds(5));
  const std::chrono::seconds span(10);
  for (int round = 0; round < rounds; ++round) {
    const std::vector<Draft> drafts = mixed_drafts();
    const std::vector<Draft> reversed(drafts.rbegin(), drafts.rend());
    auto one = std::async(std::launch::async, [&] { return first.put_many(drafts, in(span)); });
    const auto two = second.put_many(reversed, in(span));
    for (const auto& result : one.get()) CHECK_FALSE(result.error);
    for (const auto& result : two) CHECK_FALSE(result.error);
  }
}

/// `told`: the server tells the put that it waited too long.
template <class Other, class Database>
void check_holder_is_waited_for(SqlStore<Database>& f, const Trigger& told) {
  auto store = f.impatient(std::chrono::milliseconds(600));
  const std::chrono::seconds span(10);
  for (const bool commits : {false, true}) {
    const auto armed = f.proxy.arm(told);
    const Draft draft = draft_of("new");
    const Other old(f);
    old.hold(draft);
    auto put = std::async(std::launch::async, [&]() -> std::optional<Error> {
      try {
        store.put(draft, in(span));
        return std::nullopt;
      } catch (const Error& error) {
        return error;
      }
    });
    CHECK(f.proxy.await_passed(1, in(span), armed));
    old.run(commits ? "COMMIT" : "ROLLBACK");
    REQUIRE(put.wait_for(span) == std::future_status::ready);
    const auto error = put.get();
    CHECK(error.has_value() == commits);
    if (error) {
      CHECK(error->code() == ErrorCode::conflict);
      CHECK(error->outcome() == Outcome::not_applied);
      CHECK(f.rows(Database::id_is(draft) + " AND title = 'old'") == "1");
    } else {
      f.check_stored_once(draft);
    }
  }
}

template <class Other, class Database>
void check_holder_ends_no_call_late(SqlStore<Database>& f) {
  const Draft draft = draft_of("new");
  const Other old(f);
  old.hold(draft);
  const std::chrono::seconds span(1);
  check_ends_within(span, [&] {
    const Error error = error_of([&] { f.store.put(draft, in(span)); });
    INFO(error.what());
    CHECK((error.code() == ErrorCode::unavailable || error.code() == ErrorCode::deadline_exceeded));
    CHECK(error.retryable());
  });
  f.check_not_there(draft);
  // Other ids are not held up, but by the model that both need: it is another one here.
  const Draft neighbour = draft_of("neighbour");
  CHECK(f.store.put(neighbour, in(std::chrono::seconds(5))) == *neighbour.id);
  old.run("ROLLBACK");
  CHECK(f.store.put(draft, in(std::chrono::seconds(10))) == *draft.id);
  f.check_stored_once(draft);
}

}  // namespace polystore::test
