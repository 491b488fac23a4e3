#pragma once

#include <libpq-fe.h>

#include <memory>

/// The owners of libpq's handles.
namespace polystore::postgres {

struct HandleDeleter {
  void operator()(PGconn* connection) const noexcept { PQfinish(connection); }
  void operator()(PGresult* result) const noexcept { PQclear(result); }
};

using PgConn = std::unique_ptr<PGconn, HandleDeleter>;
using PgResult = std::unique_ptr<PGresult, HandleDeleter>;

}  // namespace polystore::postgres
