#pragma once

#include "ports/clock.hpp"
#include "ports/response_stores.hpp"
#include "ports/vector_port.hpp"

#include <cstddef>
#include <memory>

/// The only header of this folder that others include.
namespace polystore::adapters::memory {

/// Responses in this process, at most `max_bytes` of them with keys and bookkeeping, plain and
/// stored ones together: beyond that the one that was not used for the longest time goes.
ports::ResponseStores open_responses(std::size_t max_bytes,
                                     std::shared_ptr<const ports::Clock> clock);

/// Vectors in this process. Their log keeps at least `least_log` changes.
std::unique_ptr<ports::VectorPort> open_vectors(
    std::size_t least_log = 10'000,
    std::shared_ptr<const ports::Clock> clock = std::make_shared<ports::Clock>());

}  // namespace polystore::adapters::memory
