#include "polystore/redis/wire.hpp"

#include "polystore/error.hpp"

#include <algorithm>
#include <array>
#include <new>
#include <utility>

namespace polystore::redis {
namespace {

// How much is handed to the system at once: replies are read in between, so that neither side waits
// for the other with full buffers.
constexpr std::size_t send_chunk_bytes = std::size_t{256} << 10;
constexpr std::size_t receive_chunk_bytes = std::size_t{64} << 10;
// hiredis moves what is left of its buffer after each reply; this keeps it short.
constexpr std::size_t feed_chunk_bytes = std::size_t{8} << 10;

Error protocol_error() {
  return Error({.code = ErrorCode::data_loss,
                .backend = Backend::redis,
                .operation = "read a reply",
                .message = "what came is not the Redis protocol; check the URL's host and port"});
}

// `role`: what ROLE answers.
void check_is_master(const ReplyView& role) {
  if (role.is_error() && role.error().code() == ErrorCode::access_denied) {
    throw Error({.code = ErrorCode::access_denied,
                 .backend = Backend::redis,
                 .operation = "connect",
                 .native_code = role.error().native_code(),
                 .message = "behind sentinels the user must be known to the master, and may run "
                            "ROLE, which tells a master from a replica; grant it +role"});
  }
  role.check();
  if (role.at(0).text() == "master") return;
  throw Error({.code = ErrorCode::unavailable,
               .backend = Backend::redis,
               .retryable = true,
               .operation = "connect",
               .message = "the server that the sentinels name is not a master now; a failover may "
                          "be under way"});
}

[[noreturn]] void fail_as_cluster() {
  throw Error({.code = ErrorCode::unsupported,
               .backend = Backend::redis,
               .operation = "connect",
               .field = "url",
               .message = "the server is a node of a cluster; begin its URL with "
                          "redis+cluster:// in place of redis://"});
}

Error with_outcome(const Error& error, Outcome outcome) {
  ErrorInfo info = error.info();
  info.outcome = outcome;
  return Error(std::move(info));
}

}  // namespace

Wire::Wire(const Endpoint& server, Deadline deadline)
    : socket_(server.host, server.port, deadline), reader_(redisReaderCreate()) {
  if (!reader_) throw std::bad_alloc();
}

std::unique_ptr<Wire> Wire::open(const Endpoint& server, Deadline deadline) {
  return std::unique_ptr<Wire>(new Wire(server, deadline));
}

std::unique_ptr<Wire> Wire::connect(const ConnectOptions& options, Deadline deadline) {
  if (!options.sentinels) {
    auto wire = open({.host = options.host, .port = options.port}, deadline);
    wire->greet(options, deadline);
    return wire;
  }
  const auto master = options.sentinels->find_master(deadline);
  auto wire = open(master.endpoint, deadline);
  wire->sentinels_ = options.sentinels;
  wire->generation_ = master.generation;
  wire->greet(options, deadline);
  return wire;
}

void Wire::greet(const ConnectOptions& options, Deadline deadline) {
  std::vector<Command> commands;
  if (options.password) {
    commands.push_back({"AUTH"});
    if (options.user) commands.back().push_back(*options.user);
    commands.back().push_back(*options.password);
  }
  const std::string database = std::to_string(options.database);
  commands.push_back({"CLIENT", "SETNAME", options.client_name});
  // A node of a cluster has some keys only, and is told apart by what it knows of slots.
  const bool expects_all_keys = !sentinels_ && options.cluster.empty();
  if (sentinels_) commands.push_back({"ROLE"});
  if (expects_all_keys) commands.push_back({"CLUSTER", "KEYSLOT", "key"});
  commands.push_back({"SELECT", database});
  const auto replies = exchange(encode(commands), commands.size(), deadline);
  if (options.password) replies.front().check();
  if (sentinels_) check_is_master(replies[replies.size() - 2]);
  if (expects_all_keys && replies[replies.size() - 2].is_integer()) fail_as_cluster();
  if (!replies.back().is_error()) return;
  const Error error = replies.back().error();
  if (error.code() != ErrorCode::internal) throw Error(error);
  throw Error({.code = ErrorCode::invalid_argument,
               .backend = Backend::redis,
               .operation = "connect",
               .field = "database",
               .native_code = error.native_code(),
               .message = "the server has no database of that number"});
}

std::size_t Wire::send(std::string_view bytes) {
  return socket_.send(bytes.substr(0, send_chunk_bytes));
}

bool Wire::receive(std::vector<Reply>& replies) {
  std::array<char, receive_chunk_bytes> buffer;  // NOLINT(*-member-init): filled by receive
  const std::span<const char> bytes(buffer.data(), socket_.receive(buffer));
  for (std::size_t at = 0; at < bytes.size(); at += feed_chunk_bytes) {
    feed(bytes.subspan(at, std::min(feed_chunk_bytes, bytes.size() - at)), replies);
  }
  return !bytes.empty();
}

void Wire::feed(std::span<const char> bytes, std::vector<Reply>& replies) {
  bool good = redisReaderFeed(reader_.get(), bytes.data(), bytes.size()) == REDIS_OK;
  while (good) {
    void* reply = nullptr;
    good = redisReaderGetReply(reader_.get(), &reply) == REDIS_OK;
    if (reply == nullptr) break;
    replies.emplace_back(ReplyHandle(static_cast<redisReply*>(reply)));
  }
  if (!good) throw protocol_error();
}

std::vector<Reply> Wire::exchange(std::string_view bytes, std::size_t replies, Deadline deadline) {
  std::vector<Reply> received;
  received.reserve(replies);
  std::size_t sent = 0;
  try {
    sent = send(bytes);
    while (sent < bytes.size() || received.size() < replies) {
      const auto ready = wait(sent < bytes.size(), deadline);
      if (!ready.to_receive && !ready.to_send) {
        throw Error({.code = ErrorCode::deadline_exceeded,
                     .backend = Backend::redis,
                     .retryable = true,
                     .operation = "run a command",
                     .message = "the server did not answer before the deadline"});
      }
      if (ready.to_send) sent += send(bytes.substr(sent));
      if (ready.to_receive) (void)receive(received);
    }
  } catch (const Error& error) {
    throw with_outcome(error, sent > 0 ? Outcome::unknown : Outcome::not_applied);
  }
  if (received.size() == replies) return received;
  throw protocol_error();
}

}  // namespace polystore::redis
