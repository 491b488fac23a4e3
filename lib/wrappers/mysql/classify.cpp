#include "polystore/mysql/classify.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace polystore::mysql {
namespace {

struct Rule {
  unsigned first;  // of the error numbers …
  unsigned last;   // … up to this one
  ErrorCode code;
  bool retryable;
  Scope scope;
};

using enum ErrorCode;
constexpr Scope row = Scope::row;
constexpr Scope transaction = Scope::transaction;
constexpr Scope connection = Scope::connection;

// By mysqld_error.h and errmsg.h of MariaDB and MySQL; one number, or a range without gaps.
constexpr std::array rules{
    Rule{1020, 1020, unavailable, true, transaction},  // the row has changed since it was read
    Rule{1021, 1021, unavailable, true, transaction},  // disk full
    Rule{1022, 1022, conflict, false, row},            // duplicate key
    Rule{1026, 1026, unavailable, true, transaction},  // writing a file failed
    Rule{1030, 1030, unavailable, true, transaction},  // the storage engine failed
    Rule{1034, 1035, data_loss, false, transaction},   // a table's file is damaged
    Rule{1037, 1038, unavailable, true, transaction},  // no memory
    Rule{1040, 1040, unavailable, true, connection},   // too many connections
    Rule{1041, 1041, unavailable, true, transaction},  // no memory
    Rule{1042, 1043, unavailable, true, connection},   // the handshake failed
    Rule{1044, 1045, access_denied, false, connection},
    Rule{1046, 1046, not_found, false, transaction},  // no database is chosen
    Rule{1047, 1047, unavailable, true, connection},  // a cluster's node that does not serve
    Rule{1048, 1048, invalid_argument, false, row},   // NULL
    Rule{1049, 1049, not_found, false, connection},   // unknown database
    Rule{1050, 1051, schema_mismatch, false, transaction},
    Rule{1053, 1053, unavailable, true, connection},  // shutdown
    Rule{1054, 1054, schema_mismatch, false, transaction},
    Rule{1060, 1061, schema_mismatch, false, transaction},
    Rule{1062, 1062, conflict, false, row},
    Rule{1072, 1072, schema_mismatch, false, transaction},
    Rule{1079, 1080, unavailable, true, connection},  // shutdown
    Rule{1091, 1091, schema_mismatch, false, transaction},
    Rule{1095, 1095, access_denied, false, transaction},
    Rule{1114, 1114, unavailable, true, transaction},   // a table is full: the disk or a limit
    Rule{1115, 1115, unsupported, false, transaction},  // unknown character set
    Rule{1129, 1129, unavailable, false, connection},   // this host is blocked
    Rule{1130, 1133, access_denied, false, connection},
    Rule{1136, 1136, schema_mismatch, false, transaction},
    Rule{1142, 1143, access_denied, false, transaction},
    Rule{1146, 1146, schema_mismatch, false, transaction},
    Rule{1152, 1152, unavailable, true, connection},        // the session was ended
    Rule{1153, 1153, invalid_argument, false, connection},  // above max_allowed_packet
    Rule{1158, 1161, unavailable, true, connection},        // the network failed
    Rule{1169, 1169, conflict, false, row},
    Rule{1180, 1180, unavailable, true, transaction},   // COMMIT failed half-way
    Rule{1184, 1184, unavailable, true, connection},    // the session was ended
    Rule{1193, 1193, unsupported, false, transaction},  // unknown system variable
    Rule{1194, 1195, data_loss, false, transaction},    // a table is marked as crashed
    Rule{1203, 1203, unavailable, true, connection},    // too many connections of this user
    Rule{1205, 1206, unavailable, true, transaction},   // lock wait; no room for locks
    Rule{1213, 1213, unavailable, true, transaction},   // deadlock
    Rule{1216, 1216, not_found, false, row},
    Rule{1217, 1217, conflict, false, row},
    Rule{1226, 1226, unavailable, true, connection},  // a limit of this user
    Rule{1227, 1227, access_denied, false, transaction},
    Rule{1235, 1235, unsupported, false, transaction},
    Rule{1251, 1251, unsupported, false, connection},   // the authentication method
    Rule{1264, 1265, invalid_argument, false, row},     // out of range; cut
    Rule{1273, 1273, unsupported, false, transaction},  // unknown collation
    Rule{1286, 1286, unsupported, false, transaction},  // unknown storage engine
    Rule{1290, 1290, unavailable, true, connection},    // read-only
    Rule{1292, 1292, invalid_argument, false, row},     // not a value of that type
    Rule{1300, 1301, invalid_argument, false, row},     // not UTF-8; above max_allowed_packet
    Rule{1317, 1317, deadline_exceeded, true, transaction},
    Rule{1366, 1367, invalid_argument, false, row},  // not UTF-8; not a value of that type
    Rule{1370, 1370, access_denied, false, transaction},
    Rule{1406, 1406, invalid_argument, false, row},  // too long
    Rule{1410, 1410, access_denied, false, transaction},
    Rule{1411, 1411, invalid_argument, false, row},
    Rule{1412, 1412, unavailable, true, transaction},  // a table was changed meanwhile
    Rule{1451, 1451, conflict, false, row},            // somebody refers to the row
    Rule{1452, 1452, not_found, false, row},           // what the row refers to is not there
    Rule{1586, 1586, conflict, false, row},
    Rule{1615, 1615, unavailable, true, transaction},
    Rule{1637, 1637, unavailable, true, transaction},   // too many transactions
    Rule{1644, 1644, invalid_argument, false, row},     // SIGNAL of somebody's trigger
    Rule{1665, 1665, unsupported, false, transaction},  // binlog_format = STATEMENT
    Rule{1689, 1689, unavailable, true, transaction},   // a lock of higher priority
    Rule{1690, 1690, invalid_argument, false, row},     // out of range
    Rule{1698, 1698, access_denied, false, connection},
    Rule{1712, 1712, data_loss, false, transaction},     // an index is damaged
    Rule{1792, 1792, unavailable, true, connection},     // a read-only transaction
    Rule{1820, 1820, access_denied, false, connection},  // the password must be changed
    Rule{1836, 1836, unavailable, true, connection},     // read-only
    Rule{1862, 1862, access_denied, false, connection},  // the password has expired
    Rule{1877, 1877, data_loss, false, transaction},
    Rule{1927, 1927, unavailable, true, connection},         // MariaDB: the session was killed
    Rule{1969, 1969, deadline_exceeded, true, transaction},  // MariaDB: max_statement_time
    Rule{2008, 2008, unavailable, true, connection},         // libmariadb: no memory
    Rule{2020, 2020, invalid_argument, false, connection},   // libmariadb: an answer too large
    Rule{2049, 2049, access_denied, false, connection},
    Rule{2059, 2059, unsupported, false, connection},  // an authentication method is not there
    Rule{2061, 2061, access_denied, false, connection},
    Rule{2000, 2099, unavailable, true, connection},         // libmariadb: the connection
    Rule{3024, 3024, deadline_exceeded, true, transaction},  // MySQL: max_execution_time
    Rule{3032, 3032, unavailable, true, connection},         // MySQL: offline mode
    Rule{3118, 3118, access_denied, false, connection},      // MySQL: the account is locked
    Rule{3168, 3168, unavailable, true, connection},         // MySQL: the server is not available
    Rule{3572, 3572, unavailable, true, transaction},        // MySQL: NOWAIT
    Rule{3819, 3819, invalid_argument, false, row},          // MySQL: CHECK
    Rule{4025, 4025, invalid_argument, false, row},          // MariaDB: CHECK
    Rule{4031, 4031, unavailable, true, connection},         // MySQL: idle for too long
    Rule{4038, 4038, invalid_argument, false, row},          // MariaDB: JSON
    Rule{4151, 4151, access_denied, false, connection},      // MariaDB: the account is locked
    Rule{5010, 5010, unsupported, false, connection},        // libmariadb: an authentication method
    Rule{5012, 5012, unsupported, false, connection},
    Rule{5013, 5014, unavailable, true, connection},  // libmariadb: reading, writing
};

struct ClassRule {
  std::string_view prefix;  // of the SQLSTATE
  ErrorCode code;
  bool retryable;
  Scope scope;
};

// For numbers that are not in the table.
constexpr std::array class_rules{
    ClassRule{"08", unavailable, true, connection},
    ClassRule{"22", invalid_argument, false, row},
    ClassRule{"23", invalid_argument, false, row},
    ClassRule{"28", access_denied, false, connection},
    ClassRule{"40", unavailable, true, transaction},
    ClassRule{"70100", deadline_exceeded, true, transaction},
};

// What may come after the commit was written: the session or the network ended, or COMMIT failed
// half-way. Any other error that a server reports is a definite abort.
bool may_have_committed(unsigned number, std::string_view sqlstate) noexcept {
  constexpr std::array<unsigned, 12> numbers{1053, 1079, 1080, 1152, 1158, 1159,
                                             1160, 1161, 1180, 1184, 1927, 4031};
  return (number >= 2000 && number < 2100) || number == 5013 || number == 5014 ||
         std::ranges::find(numbers, number) != numbers.end() || sqlstate.starts_with("08");
}

}  // namespace

Classification classify(unsigned number, std::string_view sqlstate, Phase phase) noexcept {
  constexpr unsigned lost = 2013;
  if (number == 0) number = lost;
  Classification result;
  const auto found = std::ranges::find_if(
      rules, [&](const Rule& rule) { return rule.first <= number && number <= rule.last; });
  if (found != rules.end()) {
    result = {.code = found->code, .retryable = found->retryable, .scope = found->scope};
  } else {
    for (const ClassRule& rule : class_rules) {
      if (!sqlstate.starts_with(rule.prefix)) continue;
      result = {.code = rule.code, .retryable = rule.retryable, .scope = rule.scope};
      break;
    }
  }
  if (phase == Phase::commit_sent && may_have_committed(number, sqlstate)) {
    result.outcome = Outcome::unknown;
  }
  return result;
}

}  // namespace polystore::mysql
