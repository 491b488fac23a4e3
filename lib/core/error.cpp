#include "polystore/error.hpp"

#include "polystore/pool.hpp"

#include <array>
#include <utility>

namespace polystore {
namespace {

std::string describe(const ErrorInfo& info) {
  std::string text;
  if (!info.operation.empty()) text.append(info.operation).append(": ");
  if (!info.field.empty()) text.append(info.field).append(": ");
  text.append(info.message).append(" [");
  if (info.backend != Backend::none) text.append(to_string(info.backend)).append(" ");
  if (!info.native_code.empty()) text.append(info.native_code).append(" ");
  text.append(to_string(info.code));
  if (info.outcome == Outcome::unknown) text.append(", outcome unknown");
  return text.append("]");
}

}  // namespace

struct Error::State {
  ErrorInfo info;
  std::string what;
};

std::string_view to_string(ErrorCode code) noexcept {
  static constexpr std::array<std::string_view, 12> names{
      "invalid_argument", "not_found",  "conflict",      "deadline_exceeded",
      "unavailable",      "overloaded", "access_denied", "unsupported",
      "schema_mismatch",  "data_loss",  "closed",        "internal"};
  const auto index = static_cast<std::size_t>(code);
  return index < names.size() ? names[index] : "internal";
}

std::string_view to_string(Backend backend) noexcept {
  static constexpr std::array<std::string_view, 7> names{"polystore", "postgres", "mysql", "mongo",
                                                         "redis",     "sqlite",   "memory"};
  const auto index = static_cast<std::size_t>(backend);
  return index < names.size() ? names[index] : "polystore";
}

std::string_view to_string(Outcome outcome) noexcept {
  return outcome == Outcome::unknown ? "unknown" : "not_applied";
}

Error::Error(ErrorInfo info) {
  std::string what = describe(info);
  state_ = std::make_shared<const State>(State{std::move(info), std::move(what)});
}

Error::Error(const Error&) noexcept = default;
Error& Error::operator=(const Error&) noexcept = default;
Error::~Error() = default;

const char* Error::what() const noexcept { return state_->what.c_str(); }
ErrorCode Error::code() const noexcept { return state_->info.code; }
Backend Error::backend() const noexcept { return state_->info.backend; }
Outcome Error::outcome() const noexcept { return state_->info.outcome; }
bool Error::retryable() const noexcept { return state_->info.retryable; }
const std::string& Error::operation() const noexcept { return state_->info.operation; }
const std::string& Error::field() const noexcept { return state_->info.field; }
const std::string& Error::native_code() const noexcept { return state_->info.native_code; }
const std::string& Error::message() const noexcept { return state_->info.message; }
const ErrorInfo& Error::info() const noexcept { return state_->info; }

void throw_invalid_argument(std::string_view operation, std::string_view field,
                            std::string_view message) {
  throw Error({.code = ErrorCode::invalid_argument,
               .operation = std::string(operation),
               .field = std::string(field),
               .message = std::string(message)});
}

namespace detail {

void throw_pool_error(ErrorCode code) {
  std::string message =
      "every connection of the pool is in use and as many callers as allowed "
      "are waiting; raise the pool's size or send less at once";
  if (code == ErrorCode::deadline_exceeded) {
    message =
        "no connection of the pool came free before the deadline; raise the pool's size or "
        "the deadline";
  } else if (code == ErrorCode::closed) {
    message = "the pool is closed, or belongs to the parent of this forked process; open a new one";
  }
  throw Error({.code = code,
               .retryable = code != ErrorCode::closed,
               .operation = "acquire a connection",
               .message = std::move(message)});
}

}  // namespace detail
}  // namespace polystore
