#include "errors.hpp"

namespace polystore::postgres {
namespace {

std::string_view explain_code(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::invalid_argument:
      return "the server refused the data of a row";
    case ErrorCode::not_found:
      return "something that the statement or the URL refers to does not exist";
    case ErrorCode::conflict:
      return "a row clashes with one that is there already";
    case ErrorCode::deadline_exceeded:
      return "the server gave the statement up, because its time limit passed or somebody "
             "cancelled it";
    case ErrorCode::access_denied:
      return "the server refused the credentials, or the user lacks a right; check the user, the "
             "password, pg_hba.conf and the grants";
    case ErrorCode::unsupported:
      return "the server does not support this";
    case ErrorCode::schema_mismatch:
      return "the database's tables are not those of this library; check the database and the "
             "search_path";
    case ErrorCode::data_loss:
      return "the server found its stored data damaged; restore it from a backup";
    case ErrorCode::unavailable:
      return "the server can't serve this now";
    default:
      return "the server refused the statement";
  }
}

std::string_view explain(std::string_view sqlstate, ErrorCode code) noexcept {
  if (sqlstate == "22021" || sqlstate == "22P05") {
    return "the server refused text that is not UTF-8 or holds a NUL character";
  }
  if (sqlstate == "3D000") return "the database that the URL names does not exist; create it";
  if (sqlstate == "25006") return "the server takes no writes: it is a standby, or read-only";
  if (sqlstate == "25P02") {
    return "the transaction had already failed, so that the server refused what came after";
  }
  if (sqlstate == "25P03" || sqlstate == "25P04") {
    return "the server ended a transaction that stayed open too long";
  }
  if (sqlstate == "40P01") return "the server broke a deadlock by giving this transaction up";
  if (sqlstate == "53100") return "the server's disk is full";
  if (sqlstate == "53300") return "the server has no connection left; lower the pools' sizes";
  if (sqlstate == "55P03") return "another transaction holds a lock for too long";
  if (sqlstate == "57P01" || sqlstate == "57P02") return "the server ended the session";
  if (sqlstate == "57P03") return "the server is starting up or shutting down";
  return explain_code(code);
}

}  // namespace

Error server_error(std::string_view operation, std::string_view sqlstate, Severity severity,
                   Phase phase) {
  if (sqlstate.empty()) return lost_error(operation, phase);
  const Classification is = classify(sqlstate, severity, phase);
  return Error({.code = is.code,
                .backend = Backend::postgres,
                .outcome = is.outcome,
                .retryable = is.retryable,
                .operation = std::string(operation),
                .native_code = std::string(sqlstate),
                .message = std::string(explain(sqlstate, is.code))});
}

Error lost_error(std::string_view operation, Phase phase) {
  const Classification is = classify({}, Severity::fatal, phase);
  return Error({.code = is.code,
                .backend = Backend::postgres,
                .outcome = is.outcome,
                .retryable = is.retryable,
                .operation = std::string(operation),
                .message = "the connection to the server was lost"});
}

Error deadline_error(std::string_view operation, Phase phase) {
  return Error({.code = ErrorCode::deadline_exceeded,
                .backend = Backend::postgres,
                .outcome = phase == Phase::commit_sent ? Outcome::unknown : Outcome::not_applied,
                .retryable = true,
                .operation = std::string(operation),
                .message = "the server did not answer before the deadline"});
}

Error misuse_error(std::string_view message) {
  return Error({.code = ErrorCode::internal,
                .backend = Backend::postgres,
                .operation = std::string(statement_operation),
                .message = std::string(message)});
}

std::string_view sqlstate_of(const PGresult* result) noexcept {
  const char* text = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  return text == nullptr ? std::string_view() : std::string_view(text);
}

Severity severity_of(const PGresult* result) noexcept {
  const char* text = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
  const std::string_view severity = text == nullptr ? std::string_view() : std::string_view(text);
  return severity == "FATAL" || severity == "PANIC" ? Severity::fatal : Severity::error;
}

}  // namespace polystore::postgres
