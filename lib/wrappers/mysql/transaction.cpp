#include "polystore/mysql/transaction.hpp"

#include "errors.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

namespace polystore::mysql {

using std::chrono::milliseconds;

namespace {

// "1.234"
std::string seconds(std::int64_t ms) {
  const std::string rest = std::to_string(1000 + ms % 1000);
  return std::to_string(ms / 1000) + "." + rest.substr(1);
}

}  // namespace

void add_time_limits(Script& script, Deadline deadline) {
  // The server gives up a little before we do, so that the connection lives on; a lock is waited
  // for less long, so that the error names the cause. 0 would mean no limit. The comments are SQL
  // to MariaDB or MySQL alone.
  const auto left = std::int64_t{deadline.remaining_ms()};
  const auto statement_ms = std::max<std::int64_t>(1, left * 90 / 100);
  const auto lock_seconds = std::max<std::int64_t>(1, left * 75 / 100 / 1000);
  constexpr std::int64_t outputs_grace_ms = 2000;  // a transaction may stay open meanwhile
  const auto idle_seconds = (left + outputs_grace_ms + 999) / 1000;
  script.add("SET SESSION innodb_lock_wait_timeout = " + std::to_string(lock_seconds) +
             " /*M!100300 , max_statement_time = " + seconds(statement_ms) +
             ", idle_transaction_timeout = " + std::to_string(idle_seconds) +
             " */ /*!80000 , max_execution_time = " + std::to_string(statement_ms) + " */");
}

Transaction::~Transaction() {
  if (state_ == State::open || state_ == State::failed || roll_back_first_) rollback();
}

void Transaction::send(Script statements, Deadline deadline) {
  last_ = deadline;
  if (state_ == State::ended) throw misuse_error("the transaction has ended");
  if (state_ == State::failed) throw misuse_error("a statement of the transaction has failed");
  Script all;
  if (roll_back_first_) all.add("ROLLBACK");
  add_time_limits(all, deadline);
  if (state_ == State::not_begun) all.add("START TRANSACTION");
  prefix_ = all.size();
  all.append(std::move(statements));
  state_ = State::open;
  roll_back_first_ = false;
  connection_.send(all, deadline, Phase::before_commit);
}

ScriptResults Transaction::receive(Deadline deadline) {
  last_ = deadline;
  try {
    ScriptResults results = connection_.receive(deadline);
    results.drop_front(prefix_);
    results.check();
    return results;
  } catch (const Error&) {
    state_ = State::failed;
    throw;
  }
}

ScriptResults Transaction::run(Script statements, Deadline deadline) {
  send(std::move(statements), deadline);
  return receive(deadline);
}

void Transaction::restart() {
  if (state_ == State::ended) throw misuse_error("the transaction has ended");
  if (connection_.receiving()) throw misuse_error("restart comes before the results were received");
  roll_back_first_ = roll_back_first_ || state_ != State::not_begun;
  state_ = State::not_begun;
}

void Transaction::commit(Deadline deadline) {
  last_ = deadline;
  if (state_ == State::ended) throw misuse_error("the transaction has ended");
  if (connection_.receiving()) throw misuse_error("commit comes before the results were received");
  if (state_ == State::not_begun) {
    if (roll_back_first_) rollback();
    state_ = State::ended;
    return;
  }
  // All of these are certain failures now, and would be doubtful ones after COMMIT was sent. The
  // server answers COMMIT with success also when it has given the transaction up before.
  if (deadline.expired()) throw deadline_error("commit", Phase::before_commit);
  connection_.require_alive();
  if (state_ == State::failed || !connection_.in_transaction()) {
    rollback();
    throw Error({.code = ErrorCode::internal,
                 .backend = Backend::mysql,
                 .operation = "commit",
                 .message = "the transaction was rolled back, because a statement of it had failed "
                            "before"});
  }
  state_ = State::ended;
  (void)connection_.query("COMMIT", deadline);
}

void Transaction::rollback() noexcept {
  state_ = State::ended;
  roll_back_first_ = false;
  const Deadline grace = Deadline::after(milliseconds(50));
  const Deadline deadline = last_.time() > grace.time() ? last_ : grace;
  try {
    if (connection_.receiving()) (void)connection_.receive(deadline);
    connection_.run(Script().add("ROLLBACK"), deadline, Phase::before_commit).check();
  } catch (...) {
    connection_.close();  // the server then rolls back by itself
  }
}

}  // namespace polystore::mysql
