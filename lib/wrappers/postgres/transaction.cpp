#include "polystore/postgres/transaction.hpp"

#include "errors.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

namespace polystore::postgres {

using std::chrono::milliseconds;

void add_time_limits(Pipeline& pipeline, Deadline deadline) {
  // The server gives up a little before we do, so that the connection lives on; a lock is waited
  // for less long, so that the error names the cause. 0 would mean no limit.
  const auto left = deadline.remaining_ms();
  const auto part = [&](int percent) {
    return std::to_string(std::max<std::int64_t>(1, std::int64_t{left} * percent / 100));
  };
  constexpr int outputs_grace_ms = 2000;  // a transaction may stay open while outputs are written
  pipeline.add_prepared(
      "SELECT set_config('statement_timeout', $1, true), set_config('lock_timeout', $2, true), "
      "set_config('idle_in_transaction_session_timeout', $3, true)",
      Params().text(part(90)).text(part(75)).text(
          std::to_string(std::int64_t{left} + outputs_grace_ms)));
}

Transaction::~Transaction() {
  if (state_ == State::open) rollback();
}

void Transaction::send(Pipeline statements, Deadline deadline) {
  last_ = deadline;
  if (state_ == State::ended) throw misuse_error("the transaction has ended");
  Pipeline all;
  if (state_ == State::not_begun) all.add("BEGIN ISOLATION LEVEL READ COMMITTED");
  add_time_limits(all, deadline);
  prefix_ = all.size();
  all.append(std::move(statements));
  state_ = State::open;
  connection_.send(all, deadline, Phase::before_commit);
}

PipelineResults Transaction::receive(Deadline deadline) {
  last_ = deadline;
  PipelineResults results = connection_.receive(deadline);
  results.drop_front(prefix_);
  results.check();
  return results;
}

PipelineResults Transaction::run(Pipeline statements, Deadline deadline) {
  send(std::move(statements), deadline);
  return receive(deadline);
}

void Transaction::commit(Deadline deadline) {
  last_ = deadline;
  if (state_ == State::not_begun) {
    state_ = State::ended;
    return;
  }
  if (state_ == State::ended) throw misuse_error("the transaction has ended");
  if (connection_.receiving()) throw misuse_error("commit comes before the results were received");
  // Both are certain failures now, and would be doubtful ones after COMMIT was sent.
  if (deadline.expired()) throw deadline_error("commit", Phase::before_commit);
  connection_.require_alive();
  state_ = State::ended;
  const Result result = connection_.query("COMMIT", {}, deadline);
  if (result.command_tag() != "COMMIT") {
    throw Error({.code = ErrorCode::internal,
                 .backend = Backend::postgres,
                 .operation = "commit",
                 .message = "the server rolled the transaction back, because a statement of it had "
                            "failed before"});
  }
}

void Transaction::rollback() noexcept {
  state_ = State::ended;
  const Deadline grace = Deadline::after(milliseconds(50));
  const Deadline deadline = last_.time() > grace.time() ? last_ : grace;
  try {
    if (connection_.receiving()) (void)connection_.receive(deadline);
    (void)connection_.run(Pipeline().add("ROLLBACK"), deadline, Phase::before_commit);
  } catch (...) {
    connection_.close();  // the server then rolls back by itself
  }
}

}  // namespace polystore::postgres
