#include "polystore/mongo/client.hpp"

#include "polystore/error.hpp"
#include "polystore/mongo/classify.hpp"

#include "wrappers/mongo/connect_stream.hpp"
#include "wrappers/mongo/driver_pool.hpp"
#include "wrappers/mongo/errors.hpp"

#include <algorithm>

namespace polystore::mongo {
namespace {

// The server gives up a little earlier than we do, so that its answer still arrives.
constexpr std::chrono::milliseconds answer_margin{10};
// The driver cuts what is left of a wait to whole milliseconds, and so ends it a little early.
constexpr std::chrono::milliseconds driver_rounding{2};

Error error_of(const bson_error_t& error, const std::string& operation) {
  return make_error(classify(error.domain, error.code), operation,
                    std::to_string(error.domain) + "/" + std::to_string(error.code));
}

Error late(const Error& error) {
  ErrorInfo info = error.info();
  info.code = ErrorCode::deadline_exceeded;
  info.message = "the server did not answer before the deadline";
  return Error(std::move(info));
}

// Called by the driver when the client needs a connection.
mongoc_stream_t* open_stream(const mongoc_uri_t* uri, const mongoc_host_list_t* host,
                             void* user_data, bson_error_t* error) noexcept {
  const auto& context = *static_cast<const CallContext*>(user_data);
  const std::chrono::milliseconds most(
      mongoc_uri_get_option_as_int32(uri, MONGOC_URI_CONNECTTIMEOUTMS, 0));
  return connect_stream(*host, context.deadline.within(most), context.deadline, *error);
}

}  // namespace

Client::Client(std::shared_ptr<DriverPool> pool) : pool_(std::move(pool)) {
  const auto taken = pool_->take();
  if (taken.client == nullptr) {
    throw Error({.code = ErrorCode::overloaded,
                 .backend = Backend::mongo,
                 .retryable = true,
                 .operation = "take a client",
                 .message = "the driver's pool has none left; raise pool_size"});
  }
  client_ = taken.client;
  context_ = taken.context;
  mongoc_client_set_stream_initiator(client_, &open_stream, context_);
}

Client::~Client() {
  if (!stamp_.inherited()) pool_->give_back(client_);
}

Bson Client::run(const std::string& database, Bson command, Deadline deadline) {
  if (stamp_.inherited()) {
    throw Error({.code = ErrorCode::closed,
                 .backend = Backend::mongo,
                 .operation = "run a command",
                 .message = "the client belongs to the parent of this forked process; open a new "
                            "one"});
  }
  context_->deadline = deadline;
  await_server(deadline);
  const int time_limit = std::max(1, deadline.less(answer_margin).remaining_ms());
  bson_append_int32(command.get(), "maxTimeMS", -1, time_limit);
  bson_error_t error{};
  bson_t reply;
  const bool good = mongoc_client_command_simple(client_, database.c_str(), command.get(), nullptr,
                                                 &reply, &error);
  Bson owned;
  bson_concat(owned.get(), &reply);
  bson_destroy(&reply);
  if (good) return owned;
  const Error failure = error_of(error, "run a command");
  throw deadline.less(driver_rounding).expired() && failure.retryable() ? late(failure) : failure;
}

// Waits for a server that takes writes. The driver's own wait is kept short (pool.cpp), because it
// knows no deadline.
void Client::await_server(Deadline deadline) {
  const Deadline end = deadline.within(longest_selection);
  for (;;) {
    bson_error_t error{};
    const ServerDescriptionHandle server(
        mongoc_client_select_server(client_, true, nullptr, &error));
    if (server) return;
    if (end.expired()) throw error_of(error, "select a server");
  }
}

}  // namespace polystore::mongo
