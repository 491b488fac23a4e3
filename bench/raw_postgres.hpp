#pragma once

#include <libpq-fe.h>

#include <memory>
#include <stdexcept>

namespace bench {

struct ResultDeleter {
  void operator()(PGresult* result) const noexcept { PQclear(result); }
};
using Result = std::unique_ptr<PGresult, ResultDeleter>;

/// Throws std::runtime_error when the server refused.
inline void require(PGconn* connection, const Result& result) {
  const auto status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
    throw std::runtime_error(PQerrorMessage(connection));
  }
}

}  // namespace bench
