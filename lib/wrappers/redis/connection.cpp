#include "polystore/redis/connection.hpp"

#include "polystore/error.hpp"

#include <algorithm>
#include <array>
#include <new>
#include <string>
#include <utility>

namespace polystore::redis {
namespace {

// How much is handed to the system at once: replies are read in between, so that neither side waits
// for the other with full buffers.
constexpr std::size_t send_chunk_bytes = std::size_t{256} << 10;
constexpr std::size_t receive_chunk_bytes = std::size_t{64} << 10;

void check_size(std::span<const Command> commands) {
  std::size_t total = 0;
  for (const auto& command : commands) {
    for (const auto& argument : command) {
      total += argument.size() + 32;
      if (argument.size() <= Connection::most_argument_bytes &&
          total <= Connection::most_bytes_per_call) {
        continue;
      }
      throw Error({.code = ErrorCode::invalid_argument,
                   .backend = Backend::redis,
                   .operation = "run a command",
                   .field = "arguments",
                   .message =
                       "an argument is larger than 512 MiB, or all together than 1 GiB; send "
                       "less at once"});
    }
  }
}

void append_encoded(const Command& command, std::string& to) {
  std::vector<const char*> data;
  std::vector<std::size_t> sizes;
  for (const auto& argument : command) {
    data.push_back(argument.data() == nullptr ? "" : argument.data());
    sizes.push_back(argument.size());
  }
  char* encoded = nullptr;
  // int in hiredis 0.14, long long in 1.x.
  const long long size =
      redisFormatCommandArgv(&encoded, static_cast<int>(command.size()), data.data(), sizes.data());
  if (size < 0 || encoded == nullptr) {
    throw Error({.code = ErrorCode::internal,
                 .backend = Backend::redis,
                 .operation = "run a command",
                 .message = "hiredis could not encode it: memory is short"});
  }
  const std::unique_ptr<char, decltype(&redisFreeCommand)> owner(encoded, &redisFreeCommand);
  to.append(encoded, static_cast<std::size_t>(size));
}

Error protocol_error() {
  return Error({.code = ErrorCode::data_loss,
                .backend = Backend::redis,
                .operation = "read a reply",
                .message = "what came is not the Redis protocol; check the URL's host and port"});
}

Error with_outcome(const Error& error, Outcome outcome) {
  ErrorInfo info = error.info();
  info.outcome = outcome;
  return Error(std::move(info));
}

}  // namespace

Connection::Connection(const ConnectOptions& options, Deadline deadline)
    : socket_(options.host, options.port, deadline), reader_(redisReaderCreate()) {
  if (!reader_) throw std::bad_alloc();
}

std::unique_ptr<Connection> Connection::connect(const ConnectOptions& options, Deadline deadline) {
  std::unique_ptr<Connection> connection(new Connection(options, deadline));
  std::vector<Command> commands;
  if (options.password) {
    commands.push_back({"AUTH"});
    if (options.user) commands.back().push_back(*options.user);
    commands.back().push_back(*options.password);
  }
  const std::string database = std::to_string(options.database);
  commands.push_back({"CLIENT", "SETNAME", options.client_name});
  commands.push_back({"SELECT", database});
  const auto replies = connection->pipeline(commands, deadline);
  if (options.password) replies.front().check();
  if (!replies.back().is_error()) return connection;
  const Error error = replies.back().error();
  if (error.code() != ErrorCode::internal) throw Error(error);
  throw Error({.code = ErrorCode::invalid_argument,
               .backend = Backend::redis,
               .operation = "connect",
               .field = "database",
               .native_code = error.native_code(),
               .message = "the server has no database of that number"});
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
  check_size(commands);
  std::string bytes;
  for (const auto& command : commands) append_encoded(command, bytes);
  broken_ = true;  // until every reply is in
  auto replies = exchange(bytes, commands.size(), deadline);
  // A server that is the wrong one stays so: the pool shall not hand it out again.
  broken_ = std::ranges::any_of(replies, &Reply::ends_connection);
  return replies;
}

std::vector<Reply> Connection::exchange(std::string_view bytes, std::size_t replies,
                                        Deadline deadline) {
  std::vector<Reply> received;
  std::size_t sent = 0;
  try {
    while (sent < bytes.size() || received.size() < replies) {
      const auto ready = socket_.wait(sent < bytes.size(), deadline);
      if (!ready.to_receive && !ready.to_send) {
        throw Error({.code = ErrorCode::deadline_exceeded,
                     .backend = Backend::redis,
                     .retryable = true,
                     .operation = "run a command",
                     .message = "the server did not answer before the deadline"});
      }
      if (ready.to_send) sent += socket_.send(bytes.substr(sent, send_chunk_bytes));
      if (ready.to_receive) receive(received);
    }
  } catch (const Error& error) {
    throw with_outcome(error, sent > 0 ? Outcome::unknown : Outcome::not_applied);
  }
  if (received.size() == replies) return received;
  throw protocol_error();
}

// Feeds the decoder with what is there and takes the replies that are complete.
void Connection::receive(std::vector<Reply>& replies) {
  std::array<char, receive_chunk_bytes> buffer;  // NOLINT(*-member-init): filled by receive
  const std::size_t size = socket_.receive(buffer);
  if (size == 0) return;
  bool good = redisReaderFeed(reader_.get(), buffer.data(), size) == REDIS_OK;
  while (good) {
    void* reply = nullptr;
    good = redisReaderGetReply(reader_.get(), &reply) == REDIS_OK;
    if (reply == nullptr) break;
    replies.emplace_back(ReplyHandle(static_cast<redisReply*>(reply)));
  }
  if (!good) throw protocol_error();
}

bool Connection::healthy() const noexcept {
  return !broken_ && !stamp_.inherited() && !socket_.wait(false, Deadline::immediate()).to_receive;
}

}  // namespace polystore::redis
