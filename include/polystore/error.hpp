#pragma once

#include "polystore/export.hpp"

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace polystore {

/// What went wrong, as a caller can act on it. docs/errors.md lists cause and cure of each.
enum class ErrorCode : std::uint8_t {
  invalid_argument,   ///< The call itself is wrong: `field()` names what to change.
  not_found,          ///< Something the call refers to does not exist (a user, for example).
  conflict,           ///< The id is taken by different content, or was erased; or it was changed.
  deadline_exceeded,  ///< The deadline passed; see `outcome()` for whether it took effect.
  unavailable,        ///< A server can't be reached, or can't serve now.
  overloaded,         ///< A pool or queue of this process is full.
  access_denied,      ///< Wrong credentials, or missing rights on the server.
  unsupported,        ///< This build or this server can't do it.
  schema_mismatch,    ///< The database's schema is newer than, or foreign to, this library.
  data_loss,          ///< Stored data is missing or damaged.
  closed,             ///< The store was closed, or this is a forked child of its owner.
  internal,           ///< A bug, in this library or in a server.
};

/// Who failed.
enum class Backend : std::uint8_t { none, postgres, mysql, mongo, redis, sqlite, memory };

/// Whether the failed operation may have taken effect.
enum class Outcome : std::uint8_t {
  not_applied,  ///< It definitely had no effect.
  unknown,      ///< It may or may not have taken effect, now or a little later.
};

POLYSTORE_EXPORT std::string_view to_string(ErrorCode code) noexcept;
POLYSTORE_EXPORT std::string_view to_string(Backend backend) noexcept;
POLYSTORE_EXPORT std::string_view to_string(Outcome outcome) noexcept;

/// What an Error is made of. No member may hold a password, a full URL or a user's text.
struct ErrorInfo {
  ErrorCode code = ErrorCode::internal;
  Backend backend = Backend::none;
  Outcome outcome = Outcome::not_applied;
  bool retryable = false;   ///< The same call may succeed later, unchanged.
  std::string operation{};  ///< "put", "connect", …
  std::string field{};      ///< The argument at fault, for invalid_argument and not_found.
  std::string
      native_code{};      ///< SQLSTATE, MariaDB's number, "domain/code" of libmongoc, Redis' word.
  std::string message{};  ///< What happened, the limit, and what to do.
};

/// The one exception type of the library. It answers "what may I do next?".
/// Copies share one immutable state, so copying never throws. Threads: const access from any.
class POLYSTORE_EXPORT Error : public std::exception {
 public:
  explicit Error(ErrorInfo info);
  Error(const Error&) noexcept;
  Error& operator=(const Error&) noexcept;
  ~Error() override;

  /// "operation: message [backend native_code, code]". Valid as long as any copy lives.
  [[nodiscard]] const char* what() const noexcept override;

  [[nodiscard]] ErrorCode code() const noexcept;
  [[nodiscard]] Backend backend() const noexcept;
  [[nodiscard]] Outcome outcome() const noexcept;
  [[nodiscard]] bool retryable() const noexcept;
  [[nodiscard]] const std::string& operation() const noexcept;
  [[nodiscard]] const std::string& field() const noexcept;
  [[nodiscard]] const std::string& native_code() const noexcept;
  [[nodiscard]] const std::string& message() const noexcept;
  [[nodiscard]] const ErrorInfo& info() const noexcept;

 private:
  struct State;
  std::shared_ptr<const State> state_;
};

/// Throws an invalid_argument Error. `message` names the limit and what to do.
[[noreturn]] POLYSTORE_EXPORT void throw_invalid_argument(std::string_view operation,
                                                          std::string_view field,
                                                          std::string_view message);

}  // namespace polystore
