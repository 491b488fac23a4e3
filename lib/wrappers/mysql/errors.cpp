#include "errors.hpp"

#include <string>

namespace polystore::mysql {
namespace {

std::string_view explain_code(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::invalid_argument:
      return "the server refused the data of a row";
    case ErrorCode::not_found:
      return "something that the statement or the URL refers to does not exist";
    case ErrorCode::conflict:
      return "a row clashes with one that is there already, or is referred to by one";
    case ErrorCode::deadline_exceeded:
      return "the server gave the statement up, because its time limit passed or somebody killed "
             "it";
    case ErrorCode::access_denied:
      return "the server refused the credentials, or the user lacks a right; check the user, its "
             "host, the password and the grants";
    case ErrorCode::unsupported:
      return "the server or its settings do not support this";
    case ErrorCode::schema_mismatch:
      return "the database's tables are not those of this library; check the database's name";
    case ErrorCode::data_loss:
      return "the server found its stored data damaged; restore it from a backup";
    case ErrorCode::unavailable:
      return "the server can't serve this now";
    default:
      return "the server refused the statement";
  }
}

std::string_view explain(unsigned number, ErrorCode code) noexcept {
  switch (number) {
    case 1021:
      return "the server's disk is full";
    case 1040:
    case 1203:
    case 1226:
      return "the server has no connection left for this user; lower the pools' sizes";
    case 1049:
      return "the database that the URL names does not exist; create it";
    case 1053:
    case 1079:
    case 1080:
      return "the server is shutting down";
    case 1153:
    case 1301:
      return "the value or statement is larger than the server's max_allowed_packet; raise it";
    case 1205:
      return "another transaction holds a lock for too long";
    case 1213:
      return "the server broke a deadlock by giving this transaction up";
    case 1251:
    case 2059:
    case 5010:
    case 5012:
      return "the server asks for an authentication method that is not known here; use "
             "mysql_native_password, ed25519 or caching_sha2_password for this user";
    case 1290:
    case 1792:
    case 1836:
      return "the server takes no writes: it is a replica, or read-only";
    case 1300:
    case 1366:
      return "the server refused text that is not UTF-8, or a value of another type";
    case 1665:
      return "the server's binlog_format is STATEMENT; set it to MIXED or ROW";
    case 1927:
    case 4031:
      return "the server ended the session";
    default:
      return explain_code(code);
  }
}

}  // namespace

Error server_error(std::string_view operation, unsigned number, std::string_view sqlstate,
                   Phase phase) {
  const Classification is = classify(number, sqlstate, phase);
  return Error({.code = is.code,
                .backend = Backend::mysql,
                .outcome = is.outcome,
                .retryable = is.retryable,
                .operation = std::string(operation),
                .native_code = std::to_string(number),
                .message = std::string(explain(number, is.code))});
}

Error lost_error(std::string_view operation, Phase phase) {
  const Classification is = classify(0, {}, phase);
  return Error({.code = is.code,
                .backend = Backend::mysql,
                .outcome = is.outcome,
                .retryable = is.retryable,
                .operation = std::string(operation),
                .message = "the connection to the server was lost"});
}

Error deadline_error(std::string_view operation, Phase phase) {
  return Error({.code = ErrorCode::deadline_exceeded,
                .backend = Backend::mysql,
                .outcome = phase == Phase::commit_sent ? Outcome::unknown : Outcome::not_applied,
                .retryable = true,
                .operation = std::string(operation),
                .message = "the server did not answer before the deadline"});
}

Error misuse_error(std::string_view message) {
  return Error({.code = ErrorCode::internal,
                .backend = Backend::mysql,
                .operation = std::string(statement_operation),
                .message = std::string(message)});
}

}  // namespace polystore::mysql
