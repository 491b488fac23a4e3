#pragma once

#include "ports/cache_port.hpp"
#include "ports/clock.hpp"

#include <cstddef>
#include <memory>

/// The only header of this folder that others include.
namespace polystore::adapters::memory {

/// Responses in this process, at most `max_bytes` of them with keys and bookkeeping: beyond that
/// the one that was not used for the longest time goes.
std::unique_ptr<ports::CachePort> open_responses(std::size_t max_bytes,
                                                 std::shared_ptr<const ports::Clock> clock);

}  // namespace polystore::adapters::memory
