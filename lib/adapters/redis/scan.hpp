#pragma once

#include "polystore/deadline.hpp"
#include "polystore/redis/pool.hpp"

#include "ports/response_port.hpp"

#include <cstddef>
#include <string>

namespace polystore::adapters::redis {

struct ScanRange {
  std::string prefix{};        ///< Of the keys.
  std::size_t head_bytes = 1;  ///< At least 1.
};

/// Hands the first bytes of every value of the range to the visitor: as ResponsePort::scan.
bool scan_values(polystore::redis::ConnectionPool& pool, const ScanRange& range,
                 const ports::ResponsePort::Visitor& visit, Deadline deadline);

}  // namespace polystore::adapters::redis
