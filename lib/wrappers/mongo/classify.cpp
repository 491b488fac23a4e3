#include "polystore/mongo/classify.hpp"

#include <mongoc/mongoc.h>

namespace polystore::mongo {
namespace {

using enum ErrorCode;

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
  switch (code) {
    case 6:      // HostUnreachable
    case 7:      // HostNotFound
    case 89:     // NetworkTimeout
    case 91:     // ShutdownInProgress
    case 134:    // ReadConcernMajorityNotAvailableYet
    case 189:    // PrimarySteppedDown
    case 262:    // ExceededTimeLimit
    case 462:    // IngressRequestRateLimitExceeded
    case 9001:   // SocketException
    case 10058:  // LegacyNotPrimary
    case 10107:  // NotWritablePrimary
    case 11600:  // InterruptedAtShutdown
    case 11602:  // InterruptedDueToReplStateChange
    case 13435:  // NotPrimaryNoSecondaryOk
    case 13436:  // NotPrimaryOrSecondary
      return {unavailable, Outcome::not_applied, true, Scope::server};
    case 43:     // CursorNotFound
    case 112:    // WriteConflict
    case 11601:  // Interrupted
      return {unavailable, Outcome::not_applied, true, Scope::operation};
    case 50:  // MaxTimeMSExpired; of a batch, a part may be there
      return {deadline_exceeded, Outcome::unknown, true, Scope::operation};
    case 14031:  // OutOfDiskSpace
      return {overloaded, Outcome::not_applied, true, Scope::server};
    case 64:   // WriteConcernFailed
    case 100:  // UnsatisfiableWriteConcern
      return {unavailable, Outcome::unknown, true, Scope::operation};
    case 11000:
    case 11001:
    case 12582:
      return {conflict, Outcome::not_applied, false, Scope::document};
    case 2:      // BadValue
    case 9:      // FailedToParse
    case 14:     // TypeMismatch
    case 15:     // Overflow: nested too deep
    case 121:    // DocumentValidationFailure
    case 10334:  // BSONObjectTooLarge
    case 17280:  // KeyTooLong
    case 17419:  // resulting document too large
    case 17420:
      return {invalid_argument, Outcome::not_applied, false, Scope::document};
    case 26:  // NamespaceNotFound
      return {not_found, Outcome::not_applied, false, Scope::operation};
    case 13:    // Unauthorized
    case 18:    // AuthenticationFailed
    case 8000:  // AtlasError
      return {access_denied, Outcome::not_applied, false, Scope::operation};
    case 20:   // IllegalOperation
    case 59:   // CommandNotFound
    case 72:   // InvalidOptions
    case 115:  // CommandNotSupported
    case 40413:
    case 40415:
      return {unsupported, Outcome::not_applied, false, Scope::operation};
    default:
      return {internal, Outcome::not_applied, false, Scope::operation};
  }
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
