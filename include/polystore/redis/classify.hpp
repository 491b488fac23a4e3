#pragma once

#include "polystore/error.hpp"
#include "polystore/export.hpp"

#include <cstdint>
#include <string_view>

namespace polystore::redis {

/// What must be given up after an error reply.
enum class Scope : std::uint8_t {
  command,     ///< The command; the connection goes on.
  connection,  ///< The connection: this server is the wrong one, or will not serve us.
};

struct Classification {
  ErrorCode code = ErrorCode::internal;
  bool retryable = false;
  Scope scope = Scope::command;

  friend bool operator==(const Classification&, const Classification&) = default;
};

/// What an error reply means; `error` is its text without the '-'. A command that was answered by
/// an error was not applied. Pure; never throws; any thread.
[[nodiscard]] POLYSTORE_EXPORT Classification classify(std::string_view error) noexcept;

/// The first word of an error reply: all of it that may be shown, since servers quote arguments.
[[nodiscard]] POLYSTORE_EXPORT std::string_view error_word(std::string_view error) noexcept;

}  // namespace polystore::redis
