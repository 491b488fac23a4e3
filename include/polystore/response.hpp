#pragma once

#include "polystore/content.hpp"
#include "polystore/content_id.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace polystore {

/// What a model gave. limits.hpp has the bounds.
struct Response {
  std::string text{};  ///< Text or any bytes, up to limits::response_bytes.
  /// Where its chunks end, ascending, the last at text.size(); empty: it came in one piece.
  std::vector<std::size_t> chunk_ends{};
  std::string finish_reason{};  ///< "stop", "length", …; up to limits::finish_reason_bytes.
  Usage usage{};                ///< Its latency is what the generation took.
  std::optional<ContentId> content_id{};  ///< The Content that keeps it, if there is one.

  friend bool operator==(const Response&, const Response&) = default;
};

/// Where an answer came from.
enum class Source : std::uint8_t {
  near_cache,  ///< The memory of this process.
  cache,       ///< The response store: Redis, or memory: where that is the store.
  semantic,    ///< The answer to another request that means the same.
  generated,   ///< The generator of this call, or of one for the same request at the same time.
  stale,       ///< Past its time, within CachePolicy::stale_for; it is being made anew.
};

/// What get_or_generate and lookup give. Copies share the response.
struct Answer {
  std::shared_ptr<const Response> response{};  ///< Never null.
  Source source = Source::generated;
  bool joined = false;  ///< With `generated`: another call's generator made it.
};

}  // namespace polystore
