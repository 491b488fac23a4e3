#include "wrappers/mongo/errors.hpp"

#include <utility>

namespace polystore::mongo {
namespace {

const char* describe(ErrorCode code) {
  switch (code) {
    case ErrorCode::unavailable:
      return "no server can take it now, or the connection was lost; check that the servers run "
             "and "
             "that one is primary";
    case ErrorCode::deadline_exceeded:
      return "the server did not finish before the deadline";
    case ErrorCode::overloaded:
      return "the server's disk is full";
    case ErrorCode::conflict:
      return "a document of this id is there already";
    case ErrorCode::invalid_argument:
      return "the server refuses the document: its size, its nesting or a validator of the "
             "collection";
    case ErrorCode::not_found:
      return "there is no such database or collection";
    case ErrorCode::access_denied:
      return "the server refuses the credentials, or the right to do this";
    case ErrorCode::unsupported:
      return "the server does not know the command or an option of it";
    default:
      return "the driver or the server failed in a way that should not happen";
  }
}

}  // namespace

Error make_error(const Classification& classification, std::string operation,
                 std::string native_code) {
  return Error({.code = classification.code,
                .backend = Backend::mongo,
                .outcome = classification.outcome,
                .retryable = classification.retryable,
                .operation = std::move(operation),
                .native_code = std::move(native_code),
                .message = describe(classification.code)});
}

}  // namespace polystore::mongo
