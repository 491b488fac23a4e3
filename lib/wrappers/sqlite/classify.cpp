#include "polystore/sqlite/classify.hpp"

#include <sqlite3.h>

namespace polystore::sqlite {

Classification classify(int extended_code) noexcept {
  using enum ErrorCode;
  switch (extended_code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_INTERRUPT:
      return {deadline_exceeded, true, Scope::transaction};
    case SQLITE_CONSTRAINT:
    case SQLITE_TOOBIG:
    case SQLITE_MISMATCH:
    case SQLITE_RANGE:
      return {invalid_argument, false, Scope::row};
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_READONLY:
      return {access_denied, false, Scope::transaction};
    case SQLITE_FULL:
    case SQLITE_NOMEM:
      return {overloaded, true, Scope::transaction};
    case SQLITE_IOERR:
    case SQLITE_PROTOCOL:
      return {unavailable, true, Scope::connection};
    case SQLITE_CANTOPEN:
      return {unavailable, false, Scope::connection};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
      return {data_loss, false, Scope::connection};
    default:
      return {internal, false, Scope::connection};
  }
}

}  // namespace polystore::sqlite
