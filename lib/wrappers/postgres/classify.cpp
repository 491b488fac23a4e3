#include "polystore/postgres/classify.hpp"

#include <array>

namespace polystore::postgres {
namespace {

struct Rule {
  std::string_view prefix;  // of the SQLSTATE
  ErrorCode code;
  bool retryable;
  Scope scope;
};

// The first rule that matches holds: exact codes stand before their class.
constexpr std::array rules{
    Rule{"08P01", ErrorCode::internal, false, Scope::connection},
    Rule{"08", ErrorCode::unavailable, true, Scope::connection},
    Rule{"0A", ErrorCode::unsupported, false, Scope::transaction},
    Rule{"21", ErrorCode::invalid_argument, false, Scope::row},
    Rule{"22", ErrorCode::invalid_argument, false, Scope::row},
    Rule{"23001", ErrorCode::conflict, false, Scope::row},
    Rule{"23503", ErrorCode::not_found, false, Scope::row},
    Rule{"23505", ErrorCode::conflict, false, Scope::row},
    Rule{"23P01", ErrorCode::conflict, false, Scope::row},
    Rule{"23", ErrorCode::invalid_argument, false, Scope::row},
    // A standby: the primary is elsewhere, so the connection must go.
    Rule{"25006", ErrorCode::unavailable, true, Scope::connection},
    Rule{"25P03", ErrorCode::unavailable, true, Scope::connection},
    Rule{"25P04", ErrorCode::unavailable, true, Scope::connection},
    Rule{"26000", ErrorCode::unavailable, true, Scope::transaction},
    Rule{"28", ErrorCode::access_denied, false, Scope::connection},
    Rule{"3D", ErrorCode::not_found, false, Scope::connection},
    Rule{"3F", ErrorCode::not_found, false, Scope::transaction},
    Rule{"40", ErrorCode::unavailable, true, Scope::transaction},
    Rule{"42501", ErrorCode::access_denied, false, Scope::transaction},
    Rule{"42P05", ErrorCode::unavailable, true, Scope::transaction},
    // Objects that are missing, or there although this library did not make them.
    Rule{"42701", ErrorCode::schema_mismatch, false, Scope::transaction},
    Rule{"42703", ErrorCode::schema_mismatch, false, Scope::transaction},
    Rule{"42704", ErrorCode::schema_mismatch, false, Scope::transaction},
    Rule{"42710", ErrorCode::schema_mismatch, false, Scope::transaction},
    Rule{"42883", ErrorCode::schema_mismatch, false, Scope::transaction},
    Rule{"42P01", ErrorCode::schema_mismatch, false, Scope::transaction},
    Rule{"42P07", ErrorCode::schema_mismatch, false, Scope::transaction},
    Rule{"44", ErrorCode::invalid_argument, false, Scope::row},
    Rule{"53400", ErrorCode::unavailable, false, Scope::transaction},
    Rule{"53", ErrorCode::unavailable, true, Scope::transaction},
    Rule{"54", ErrorCode::invalid_argument, false, Scope::row},
    Rule{"55006", ErrorCode::unavailable, true, Scope::transaction},
    Rule{"55P03", ErrorCode::unavailable, true, Scope::transaction},
    Rule{"57014", ErrorCode::deadline_exceeded, true, Scope::transaction},
    Rule{"57", ErrorCode::unavailable, true, Scope::connection},
    Rule{"58", ErrorCode::unavailable, true, Scope::transaction},
    Rule{"F0", ErrorCode::unavailable, false, Scope::connection},
    Rule{"P0001", ErrorCode::invalid_argument, false, Scope::row},
    Rule{"XX001", ErrorCode::data_loss, false, Scope::transaction},
    Rule{"XX002", ErrorCode::data_loss, false, Scope::transaction},
    Rule{"XX", ErrorCode::internal, false, Scope::connection},
};

// An ERROR at COMMIT is a definite abort, but for those that may come after the commit record was
// written. A session that ends may have committed first.
bool may_have_committed(std::string_view sqlstate, Severity severity) noexcept {
  return severity == Severity::fatal || sqlstate.starts_with("08") || sqlstate == "40003" ||
         sqlstate == "58030" || sqlstate == "XX000";
}

}  // namespace

Classification classify(std::string_view sqlstate, Severity severity, Phase phase) noexcept {
  // No SQLSTATE: the connection was lost before the server could say anything.
  if (sqlstate.empty()) {
    sqlstate = "08006";
    severity = Severity::fatal;
  }
  Classification result;
  for (const Rule& rule : rules) {
    if (!sqlstate.starts_with(rule.prefix)) continue;
    result = {.code = rule.code, .retryable = rule.retryable, .scope = rule.scope};
    break;
  }
  if (severity == Severity::fatal) result.scope = Scope::connection;
  if (phase == Phase::commit_sent && may_have_committed(sqlstate, severity)) {
    result.outcome = Outcome::unknown;
  }
  return result;
}

}  // namespace polystore::postgres
