#pragma once

#include "polystore/deadline.hpp"
#include "polystore/response_cache.hpp"

#include "read/chunk_relay.hpp"
#include "read/flight.hpp"

#include <exception>
#include <memory>

namespace polystore::read {

/// One run of a generator: its chunks go to the caller's sink and to those who joined, here or
/// elsewhere.
struct GenerationRun {
  const GenerateChunks& generate;
  const ChunkSink* sink = nullptr;      ///< Of the caller; null: it takes no chunks.
  Flight* flight = nullptr;             ///< Null: nobody may join.
  ChunkRelay::Stream* relay = nullptr;  ///< To other processes; null: to none.
};

struct Generated {
  std::shared_ptr<const Response> response{};
  /// What the caller's sink threw. The answer was made all the same, for the others.
  std::exception_ptr sink_failure{};
  bool streamed = false;  ///< Its chunks were handed out.
};

/// Calls the generator. Errors: what it throws; invalid_argument when its response passes a limit.
Generated run_generator(const GenerationRun& run, Deadline deadline);

}  // namespace polystore::read
