#pragma once

#include "polystore/error.hpp"
#include "polystore/export.hpp"
#include "polystore/mongo/handles.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace polystore::mongo {

/// What the reply of an insert, update or delete command says.
struct WriteReply {
  struct WriteError {
    std::size_t index = 0;  ///< Of the statement within the command.
    std::uint32_t code = 0;
  };

  std::vector<WriteError> errors{};
  /// The write was applied, but is not known to be durable.
  std::optional<std::uint32_t> write_concern_error{};
};

/// Pure. Errors: data_loss when the reply is not of that form.
[[nodiscard]] POLYSTORE_EXPORT WriteReply parse_write_reply(const bson_t& reply);

/// The Error of a code in `WriteReply::errors`.
[[nodiscard]] POLYSTORE_EXPORT Error write_error(std::uint32_t code);
/// The Error of a write_concern_error: applied, durability unknown, retryable.
[[nodiscard]] POLYSTORE_EXPORT Error write_concern_error(std::uint32_t code);

}  // namespace polystore::mongo
