#include "values/body_chunk.hpp"

#include <xxhash.h>

#include <bit>
#include <string>

namespace polystore::values {

std::int64_t chunk_hash(std::span<const std::byte> bytes) noexcept {
  return std::bit_cast<std::int64_t>(std::uint64_t{XXH64(bytes.data(), bytes.size(), 0)});
}

void fail_chunk(Backend backend, const ContentId& body, std::int32_t chunk) {
  throw Error({.code = ErrorCode::data_loss,
               .backend = backend,
               .operation = "read a body",
               .message = "chunk " + std::to_string(chunk) + " of the body " + body.to_string() +
                          " is damaged: its bytes are not those that were written"});
}

}  // namespace polystore::values
