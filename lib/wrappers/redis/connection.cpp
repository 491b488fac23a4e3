#include "polystore/redis/connection.hpp"

#include "polystore/error.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace polystore::redis {

std::unique_ptr<Connection> Connection::connect(const ConnectOptions& options, Deadline deadline) {
  return std::unique_ptr<Connection>(new Connection(Wire::connect(options, deadline)));
}

void Connection::require_usable() const {
  if (!broken_ && !stamp_.inherited()) return;
  throw Error({.code = ErrorCode::closed,
               .backend = Backend::redis,
               .operation = "run a command",
               .message = "the connection was lost, missed a deadline, or belongs to the parent of "
                          "this process; open a new one"});
}

Reply Connection::command(const Command& command, Deadline deadline) {
  auto replies = pipeline({&command, 1}, deadline);
  replies.front().check();
  return std::move(replies.front());
}

std::vector<Reply> Connection::pipeline(std::span<const Command> commands, Deadline deadline) {
  require_usable();
  const std::string bytes = encode(commands);
  broken_ = true;  // until every reply is in
  auto replies = wire_->exchange(bytes, commands.size(), deadline);
  // A server that is the wrong one stays so: the pool shall not hand it out again.
  broken_ = std::ranges::any_of(replies, &Reply::ends_connection);
  return replies;
}

void Connection::post(const Command& command, Deadline deadline) {
  require_usable();
  const std::string bytes = encode({&command, 1});
  broken_ = true;  // until all is sent
  std::vector<Reply> received;
  std::string_view rest = bytes;
  for (;;) {
    rest.remove_prefix(wire_->send(rest));
    if (rest.empty()) break;
    const auto ready = wire_->wait(true, deadline);
    if (!ready.to_send && !ready.to_receive) {
      throw Error({.code = ErrorCode::deadline_exceeded,
                   .backend = Backend::redis,
                   .outcome = Outcome::unknown,
                   .retryable = true,
                   .operation = "run a command",
                   .message = "the server did not take it before the deadline"});
    }
    if (ready.to_receive) (void)wire_->receive(received);
  }
  unread_.insert(unread_.begin(), std::make_move_iterator(received.rbegin()),
                 std::make_move_iterator(received.rend()));
  broken_ = false;
}

std::optional<Reply> Connection::next(Deadline deadline) {
  require_usable();
  while (unread_.empty()) {
    if (!wire_->wait(false, deadline).to_receive) return std::nullopt;
    broken_ = true;  // until it is received
    (void)wire_->receive(unread_);
    std::ranges::reverse(unread_);
    broken_ = false;
  }
  Reply reply = std::move(unread_.back());
  unread_.pop_back();
  return reply;
}

void Connection::interrupt() noexcept {
  if (!stamp_.inherited()) wire_->interrupt();
}

bool Connection::healthy() const noexcept {
  return !broken_ && !stamp_.inherited() && !superseded() && unread_.empty() &&
         !wire_->wait(false, Deadline::immediate()).to_receive;
}

}  // namespace polystore::redis
