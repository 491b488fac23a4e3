#pragma once

#include "fault/sql_store.hpp"
#include "support/errors.hpp"
#include "support/faults.hpp"

#include <chrono>
#include <vector>

/// What can happen to a COMMIT and to its answer, on each server of metadata.
namespace polystore::test {

/// A put that ends by its deadline, done or in doubt.
template <class Database>
void put_in_doubt(SqlStore<Database>& f, const Draft& draft, std::chrono::milliseconds span) {
  check_ends_within(span, [&] {
    try {
      f.store.put(draft, in(span));
    } catch (const Error& error) {
      INFO(error.what());
      CHECK(error.outcome() == Outcome::unknown);
      CHECK(error.retryable());
    }
  });
  CHECK(f.proxy.passed() == 1);
}

template <class Database>
void check_lost_reply_is_in_doubt() {
  SqlStore<Database> f;
  f.proxy.arm(Database::on_commit(Flow::reply, Fault::black_hole()));
  const Draft draft = draft_of("lost reply");
  put_in_doubt(f, draft, std::chrono::seconds(1));
  CHECK(f.store.put(draft) == *draft.id);
  f.check_stored_once(draft);
}

template <class Database>
void check_lost_reply_is_resolved() {
  SqlStore<Database> f;
  auto store = f.impatient(std::chrono::milliseconds(500));
  f.proxy.arm(Database::on_commit(Flow::reply, Fault::black_hole()));
  const Draft draft = draft_of("lost reply");
  const std::chrono::seconds span(10);
  check_ends_within(span, [&] { CHECK(store.put(draft, in(span)) == *draft.id); });
  CHECK(f.proxy.passed() == 1);
  f.check_stored_once(draft);
}

template <class Database>
void check_lost_request_is_applied_once() {
  SqlStore<Database> f;
  f.proxy.arm(Database::on_commit(Flow::request, Fault::black_hole()));
  const Draft draft = draft_of("lost request");
  put_in_doubt(f, draft, std::chrono::seconds(1));
  CHECK(f.rows() == "0");
  // The server knows nothing of our end: the first transaction is open there, and holds the id.
  CHECK(f.put_is_open());
  CHECK(f.store.put(draft, in(std::chrono::seconds(15))) == *draft.id);
  f.check_stored_once(draft);
}

template <class Database>
void check_late_request_is_applied_once() {
  SqlStore<Database> f;
  auto store = f.impatient(std::chrono::milliseconds(500));
  f.proxy.arm(Database::on_commit(Flow::request, Fault::delay(std::chrono::milliseconds(1300))));
  const Draft draft = draft_of("late request");
  const std::chrono::seconds span(10);
  check_ends_within(span, [&] { CHECK(store.put(draft, in(span)) == *draft.id); });
  f.check_stored_once(draft);
}

/// With each of the triggers, which reset a connection about a COMMIT.
template <class Database>
void check_resets_are_resolved(const std::vector<Trigger>& triggers) {
  SqlStore<Database> f;
  for (const Trigger& trigger : triggers) {
    const auto armed = f.proxy.arm(trigger);
    const int connections = f.proxy.connections();
    const Draft draft = draft_of("reset");
    const std::chrono::seconds span(10);
    check_ends_within(span, [&] { CHECK(f.store.put(draft, in(span)) == *draft.id); });
    CHECK(f.proxy.passed(armed) >= 1);
    CHECK(f.proxy.connections() > connections);
    f.check_stored_once(draft);
    f.proxy.heal();
  }
}

template <class Database>
void check_statement_error_is_a_failure() {
  SqlStore<Database> f;
  const auto commits = f.proxy.arm(Database::on_commit(Flow::request, {}));
  (void)f.database().query("ALTER TABLE ai_generated_content ADD CHECK (title <> 'bad')");
  const Draft bad = draft_of("bad");
  const Error error = error_of([&] { f.store.put(bad, in(std::chrono::seconds(10))); });
  CHECK(error.native_code() == Database::check_violation);
  CHECK(error.outcome() == Outcome::not_applied);
  CHECK(f.proxy.passed(commits) == 0);
  const int connections = f.proxy.connections();
  f.check_not_there(bad);
  const Draft good = draft_of("good");
  CHECK(f.store.put(good) == *good.id);
  CHECK(f.proxy.connections() == connections);
  f.check_stored_once(good);
}

}  // namespace polystore::test
