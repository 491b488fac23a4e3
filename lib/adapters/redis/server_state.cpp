#include "adapters/redis/server_state.hpp"

#include <string>
#include <utility>

namespace polystore::adapters::redis {
namespace {

[[noreturn]] void throw_spared(ErrorCode code, std::string message) {
  throw Error({.code = code,
               .backend = Backend::redis,
               .retryable = code == ErrorCode::unavailable,
               .operation = "run a command",
               .message = std::move(message)});
}

// Failures that the next call would meet too.
bool lasts(ErrorCode code) {
  return code == ErrorCode::unavailable || code == ErrorCode::overloaded ||
         code == ErrorCode::access_denied || code == ErrorCode::data_loss;
}

}  // namespace

void ServerState::require_there() {
  if (there_.allows()) return;
  if (denied_) {
    throw_spared(ErrorCode::access_denied, "the server refused the credentials a moment ago");
  }
  throw_spared(ErrorCode::unavailable,
               "the server did not answer a moment ago; it is tried again four times a second");
}

void ServerState::require(Access access) {
  require_there();
  if (of(access).allows()) return;
  throw_spared(ErrorCode::unavailable,
               "the server refused such commands a moment ago; they are tried again four times a "
               "second");
}

void ServerState::answered() noexcept {
  there_.succeeded();
  if (silent_since_.load(std::memory_order_relaxed) != 0) silent_since_ = 0;
}

void ServerState::refused(Access access, const Error& error) noexcept {
  if (lasts(error.code())) of(access).failed();
}

void ServerState::failed(const Error& error, Clock::time_point began) noexcept {
  const bool unsure =
      error.code() == ErrorCode::deadline_exceeded ||
      (error.code() == ErrorCode::unavailable && error.outcome() == Outcome::unknown);
  if (unsure) {
    Clock::rep since = 0;
    if (!silent_since_.compare_exchange_strong(since, began.time_since_epoch().count())) {
      began = Clock::time_point(Clock::duration(since));
    }
    if (Clock::now() - began < silence) return;
  } else if (!lasts(error.code())) {
    return;
  }
  denied_ = error.code() == ErrorCode::access_denied;
  there_.failed();
}

}  // namespace polystore::adapters::redis
