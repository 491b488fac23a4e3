#include "polystore/postgres/connection.hpp"

#include "errors.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <string>
#include <utility>

namespace polystore::postgres {
namespace {

// The same name never stands for two texts, also where sessions share a server process. (FNV-1a,
// 64 bits; Fowler, Noll, Vo.)
std::string statement_name(std::string_view sql) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : sql) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return "polystore_" + std::to_string(hash);
}

}  // namespace

Connection::~Connection() { close(); }

void Connection::close() noexcept {
  awaited_.reset();
  if (!connection_) return;
  if (stamp_.inherited()) {
    // PQfinish would tell the server to end the parent's session: leak all but the descriptor.
    ::close(PQsocket(connection_.release()));
    return;
  }
  connection_.reset();
}

int Connection::backend_pid() const noexcept { return PQbackendPID(connection_.get()); }

bool Connection::stores_utf8() const noexcept {
  const char* encoding = PQparameterStatus(connection_.get(), "server_encoding");
  return encoding != nullptr && std::string_view(encoding) == "UTF8";
}

Result Connection::query(std::string sql, Params params, Deadline deadline) {
  return run(Pipeline().add(std::move(sql), std::move(params)), deadline).take(0);
}

PipelineResults Connection::run(const Pipeline& pipeline, Deadline deadline, Phase phase) {
  send(pipeline, deadline, phase);
  return receive(deadline);
}

void Connection::send(const Pipeline& pipeline, Deadline deadline, Phase phase) {
  require_usable();
  if (awaited_) throw misuse_error("the results of the last send were not received");
  PGconn* const connection = connection_.get();
  phase_ = phase;
  if (PQenterPipelineMode(connection) != 1) lose(Phase::before_commit);
  awaited_.emplace();
  for (const auto& statement : pipeline.statements()) {
    if (!awaited_->empty() && deadline.expired()) expire();
    send_one(statement);
  }
  if (PQpipelineSync(connection) != 1) lose(phase);
  flush(deadline);
}

void Connection::send_one(const Pipeline::Statement& statement) {
  PGconn* const connection = connection_.get();
  const Phase phase = awaited_->empty() ? Phase::before_commit : phase_;
  const auto count = static_cast<int>(statement.params.size());
  const auto arguments = statement.params.arguments();
  if (!statement.prepared || !may_prepare_) {
    if (PQsendQueryParams(connection, statement.sql.c_str(), count, arguments.types.data(),
                          arguments.values.data(), arguments.lengths.data(),
                          arguments.formats.data(), 1) != 1) {
      lose(phase);
    }
    awaited_->emplace_back();
    return;
  }
  const std::string name = statement_name(statement.sql);
  if (!prepared_.contains(name) && std::ranges::find(*awaited_, name) == awaited_->end()) {
    if (PQsendPrepare(connection, name.c_str(), statement.sql.c_str(), count,
                      arguments.types.data()) != 1) {
      lose(phase);
    }
    awaited_->push_back(name);
  }
  if (PQsendQueryPrepared(connection, name.c_str(), count, arguments.values.data(),
                          arguments.lengths.data(), arguments.formats.data(), 1) != 1) {
    lose(phase);
  }
  awaited_->emplace_back();
}

// While the server's answers fill both sockets' buffers it does not read: they must be taken in
// while we write.
void Connection::flush(Deadline deadline) {
  for (;;) {
    const int unsent = PQflush(connection_.get());
    if (unsent == 0) return;
    if (unsent < 0) lose(phase_);
    const short ready = wait(POLLIN | POLLOUT, deadline);
    if (ready == 0) expire();
    if ((ready & ~POLLOUT) != 0 && PQconsumeInput(connection_.get()) != 1) lose(phase_);
    if (deadline.expired()) expire();
  }
}

PipelineResults Connection::receive(Deadline deadline) {
  require_usable();
  if (!awaited_) throw misuse_error("nothing was sent whose results could be received");
  // One place more than statements: for an error of the commit that the sync itself makes.
  std::vector<PipelineResults::Item> items(awaited_->size() + 1);
  for (std::size_t index = 0;;) {
    await_result(deadline);
    PgResult result(PQgetResult(connection_.get()));
    if (!result) {
      ++index;
      if (index > items.size()) lose(phase_);
      continue;
    }
    if (PQresultStatus(result.get()) == PGRES_PIPELINE_SYNC) break;
    if (index == items.size()) lose(phase_);
    record(std::move(result), items[index]);
  }
  learn(items);
  const std::vector<std::string> sent = std::move(*awaited_);
  awaited_.reset();
  if (PQexitPipelineMode(connection_.get()) != 1) lose(phase_);

  std::optional<Error> failure;
  for (auto& item : items) {
    if (!failure) failure = item.error;
    if (item.status == PipelineResults::Status::aborted) item.error = failure;
  }
  if (failure && items.back().status == PipelineResults::Status::failed) {
    // The commit failed: none of the statements took effect.
    for (auto& item : items) item.error = failure;
  }
  std::vector<PipelineResults::Item> results;
  for (std::size_t i = 0; i < sent.size(); ++i) {
    if (sent[i].empty()) results.push_back(std::move(items[i]));
  }
  return PipelineResults(std::move(results));
}

// Which statements the server knows from now on, or that it does not keep them: a pooler between us
// has given this session another server process.
void Connection::learn(const std::vector<PipelineResults::Item>& items) {
  for (std::size_t i = 0; i < awaited_->size(); ++i) {
    const auto& item = items[i];
    const std::string& name = (*awaited_)[i];
    if (!name.empty() && item.status == PipelineResults::Status::ok) prepared_.insert(name);
    const bool not_kept = item.error && (item.error->native_code() == "26000" ||
                                         item.error->native_code() == "42P05");
    if (not_kept) may_prepare_ = false;
  }
}

void Connection::await_result(Deadline deadline) {
  while (PQisBusy(connection_.get()) == 1) {
    if (wait(POLLIN, deadline) == 0) expire();
    if (PQconsumeInput(connection_.get()) != 1) lose(phase_);
    if (deadline.expired() && PQisBusy(connection_.get()) == 1) expire();
  }
}

void Connection::record(PgResult result, PipelineResults::Item& item) {
  using Status = PipelineResults::Status;
  switch (PQresultStatus(result.get())) {
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
    case PGRES_EMPTY_QUERY:
      item.status = Status::ok;
      item.result = Result(std::move(result));
      return;
    case PGRES_PIPELINE_ABORTED:
      item.status = Status::aborted;
      return;
    case PGRES_FATAL_ERROR: {
      const std::string sqlstate(sqlstate_of(result.get()));
      const Severity severity = severity_of(result.get());
      if (sqlstate.empty()) lose(phase_);
      const Error error = server_error(statement_operation, sqlstate, severity, phase_);
      if (severity == Severity::fatal) {
        close();
        throw Error(error);
      }
      // A standby's session, for one, would fail the next caller in the same way.
      if (classify(sqlstate, severity, phase_).scope == Scope::connection) reusable_ = false;
      item.status = Status::failed;
      item.error = error;
      return;
    }
    default:  // COPY: not offered
      close();
      throw misuse_error("a statement answers in a way that this wrapper does not offer (COPY)");
  }
}

bool Connection::healthy() noexcept {
  return connection_ && reusable_ && !stamp_.inherited() && !awaited_ && see_alive() &&
         PQtransactionStatus(connection_.get()) == PQTRANS_IDLE &&
         PQpipelineStatus(connection_.get()) == PQ_PIPELINE_OFF;
}

void Connection::require_alive() {
  require_usable();
  if (see_alive()) return;
  const std::string sqlstate(fatal_sqlstate_);
  close();
  throw server_error(statement_operation, sqlstate, Severity::fatal, Phase::before_commit);
}

// Twice: the first read takes the server's last words, the second meets the end of the stream.
bool Connection::see_alive() noexcept {
  PGconn* const connection = connection_.get();
  for (int look = 0; look < 2; ++look) {
    if (PQstatus(connection) != CONNECTION_OK || fatal_sqlstate_[0] != '\0') return false;
    if (wait(POLLIN, Deadline::immediate()) == 0) return true;
    if (PQconsumeInput(connection) != 1) return false;
    if (PQisBusy(connection) == 1) return false;
  }
  return PQstatus(connection) == CONNECTION_OK && fatal_sqlstate_[0] == '\0';
}

void Connection::require_usable() const {
  if (connection_ && !stamp_.inherited()) return;
  throw Error({.code = ErrorCode::closed,
               .backend = Backend::postgres,
               .operation = std::string(statement_operation),
               .message = connection_ ? "the connection belongs to the parent of this forked "
                                        "process; open a new one"
                                      : "the connection is closed; open a new one"});
}

// The events that are ready; none when the deadline passed first.
short Connection::wait(short events, Deadline deadline) const noexcept {
  pollfd poller{.fd = PQsocket(connection_.get()), .events = events, .revents = 0};
  for (;;) {
    const int ready = ::poll(&poller, 1, deadline.remaining_ms());
    if (ready > 0) return poller.revents;
    if (ready == 0) return 0;
    if (errno != EINTR) return POLLERR;  // libpq meets the error itself
  }
}

void Connection::lose(Phase phase) {
  const std::string sqlstate(fatal_sqlstate_);
  close();
  throw server_error(statement_operation, sqlstate, Severity::fatal, phase);
}

void Connection::expire() {
  close();
  throw deadline_error(statement_operation, phase_);
}

// Notices go to stderr otherwise. A FATAL one says why an idle session was ended.
void Connection::on_notice(void* self, const PGresult* notice) noexcept {
  if (severity_of(notice) != Severity::fatal) return;
  const std::string_view sqlstate = sqlstate_of(notice);
  char* const kept = static_cast<Connection*>(self)->fatal_sqlstate_;
  const std::size_t length = std::min(sqlstate.size(), sizeof fatal_sqlstate_ - 1);
  kept[sqlstate.copy(kept, length)] = '\0';
}

}  // namespace polystore::postgres
