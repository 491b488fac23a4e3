#include "polystore/mongo/classify.hpp"

#include <mongoc/mongoc.h>

#include <algorithm>
#include <array>

namespace polystore::mongo {
namespace {

using enum ErrorCode;

constexpr Classification server_gone{unavailable, Outcome::not_applied, true, Scope::server};
constexpr Classification try_again{unavailable, Outcome::not_applied, true, Scope::operation};
constexpr Classification in_doubt{unavailable, Outcome::unknown, true, Scope::operation};
constexpr Classification is_there{conflict, Outcome::not_applied, false, Scope::document};
constexpr Classification bad_document{invalid_argument, Outcome::not_applied, false,
                                      Scope::document};
constexpr Classification denied{access_denied, Outcome::not_applied, false, Scope::operation};
constexpr Classification not_known{unsupported, Outcome::not_applied, false, Scope::operation};

struct ServerCode {
  std::uint32_t code;
  Classification meaning;
};

constexpr std::array server_codes{
    ServerCode{6, server_gone},      // HostUnreachable
    ServerCode{7, server_gone},      // HostNotFound
    ServerCode{89, server_gone},     // NetworkTimeout
    ServerCode{91, server_gone},     // ShutdownInProgress
    ServerCode{134, server_gone},    // ReadConcernMajorityNotAvailableYet
    ServerCode{189, server_gone},    // PrimarySteppedDown
    ServerCode{262, server_gone},    // ExceededTimeLimit
    ServerCode{462, server_gone},    // IngressRequestRateLimitExceeded
    ServerCode{9001, server_gone},   // SocketException
    ServerCode{10058, server_gone},  // LegacyNotPrimary
    ServerCode{10107, server_gone},  // NotWritablePrimary
    ServerCode{11600, server_gone},  // InterruptedAtShutdown
    ServerCode{11602, server_gone},  // InterruptedDueToReplStateChange
    ServerCode{13435, server_gone},  // NotPrimaryNoSecondaryOk
    ServerCode{13436, server_gone},  // NotPrimaryOrSecondary
    ServerCode{43, try_again},       // CursorNotFound
    ServerCode{112, try_again},      // WriteConflict
    ServerCode{11601, try_again},    // Interrupted
    // MaxTimeMSExpired; of a batch, a part may be there
    ServerCode{50, {deadline_exceeded, Outcome::unknown, true, Scope::operation}},
    // OutOfDiskSpace
    ServerCode{14031, {overloaded, Outcome::not_applied, true, Scope::server}},
    ServerCode{64, in_doubt},   // WriteConcernFailed
    ServerCode{100, in_doubt},  // UnsatisfiableWriteConcern
    ServerCode{11000, is_there}, ServerCode{11001, is_there}, ServerCode{12582, is_there},
    ServerCode{2, bad_document},      // BadValue
    ServerCode{9, bad_document},      // FailedToParse
    ServerCode{14, bad_document},     // TypeMismatch
    ServerCode{15, bad_document},     // Overflow: nested too deep
    ServerCode{121, bad_document},    // DocumentValidationFailure
    ServerCode{10334, bad_document},  // BSONObjectTooLarge
    ServerCode{17280, bad_document},  // KeyTooLong
    ServerCode{17419, bad_document},  // the resulting document is too large
    ServerCode{17420, bad_document},  // the same
    // NamespaceNotFound
    ServerCode{26, {not_found, Outcome::not_applied, false, Scope::operation}},
    ServerCode{13, denied},        // Unauthorized
    ServerCode{18, denied},        // AuthenticationFailed
    ServerCode{8000, denied},      // AtlasError
    ServerCode{20, not_known},     // IllegalOperation
    ServerCode{59, not_known},     // CommandNotFound
    ServerCode{72, not_known},     // InvalidOptions
    ServerCode{115, not_known},    // CommandNotSupported
    ServerCode{40413, not_known},  // a field is given twice
    ServerCode{40415, not_known},  // an unknown field
};

Classification classify_stream(std::uint32_t code) noexcept {
  switch (code) {
    case MONGOC_ERROR_STREAM_NAME_RESOLUTION:
    case MONGOC_ERROR_STREAM_CONNECT:
    case MONGOC_ERROR_STREAM_NOT_ESTABLISHED:
      return {unavailable, Outcome::not_applied, true, Scope::server};
    default:
      // It may have been sent: the answer is what was lost.
      return {unavailable, Outcome::unknown, true, Scope::server};
  }
}

}  // namespace

bool is_duplicate_key(std::uint32_t server_code) noexcept {
  return server_code == 11000 || server_code == 11001 || server_code == 12582;
}

Classification classify_server_code(std::uint32_t code) noexcept {
  const auto* const found = std::ranges::find(server_codes, code, &ServerCode::code);
  return found == server_codes.end()
             ? Classification{internal, Outcome::not_applied, false, Scope::operation}
             : found->meaning;
}

Classification classify(std::uint32_t domain, std::uint32_t code) noexcept {
  switch (domain) {
    case MONGOC_ERROR_SERVER_SELECTION:
      return {unavailable, Outcome::not_applied, true, Scope::server};
    case MONGOC_ERROR_STREAM:
      return classify_stream(code);
    case MONGOC_ERROR_PROTOCOL:
      return {unavailable, Outcome::unknown, true, Scope::server};
    case MONGOC_ERROR_SERVER:
      return classify_server_code(code);
    case MONGOC_ERROR_WRITE_CONCERN:
      return {unavailable, Outcome::unknown, true, Scope::operation};
    case MONGOC_ERROR_BSON:
      return {invalid_argument, Outcome::not_applied, false, Scope::document};
    case MONGOC_ERROR_CLIENT:
      return code == MONGOC_ERROR_CLIENT_AUTHENTICATE
                 ? Classification{access_denied, Outcome::not_applied, false, Scope::operation}
                 : Classification{internal, Outcome::not_applied, false, Scope::operation};
    case MONGOC_ERROR_SASL:
    case MONGOC_ERROR_SCRAM:
      return {access_denied, Outcome::not_applied, false, Scope::operation};
    default:
      return {internal, Outcome::not_applied, false, Scope::operation};
  }
}

}  // namespace polystore::mongo
