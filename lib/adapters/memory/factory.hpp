#pragma once

#include "ports/clock.hpp"
#include "ports/response_stores.hpp"

#include <cstddef>
#include <memory>

/// The only header of this folder that others include.
namespace polystore::adapters::memory {

/// Responses in this process, at most `max_bytes` of them with keys and bookkeeping, plain and
/// stored ones together: beyond that the one that was not used for the longest time goes.
ports::ResponseStores open_responses(std::size_t max_bytes,
                                     std::shared_ptr<const ports::Clock> clock);

}  // namespace polystore::adapters::memory
