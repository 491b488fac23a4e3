#pragma once

#include "polystore/content_id.hpp"
#include "polystore/error.hpp"
#include "polystore/sqlite/statement.hpp"

#include <algorithm>

namespace polystore::adapters::sqlite {

/// The id in a column. Errors: data_loss when it is not one.
inline ContentId read_id(const polystore::sqlite::Statement& statement, int column) {
  const auto bytes = statement.bytes(column);
  ContentId::Bytes id{};
  if (bytes.size() != id.size()) {
    throw Error({.code = ErrorCode::data_loss,
                 .backend = Backend::sqlite,
                 .operation = "read a row",
                 .message = "an id has another length than 16 bytes"});
  }
  std::ranges::transform(bytes, id.begin(),
                         [](std::byte b) { return std::to_integer<std::uint8_t>(b); });
  return ContentId::from_bytes(id);
}

}  // namespace polystore::adapters::sqlite
