#pragma once

#include "trace.hpp"

#include <polystore/response_cache.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace cached_generation {

/// What one request of the trace got.
struct Call {
  std::size_t caller = 0;
  std::size_t prompt = 0;
  polystore::Source source = polystore::Source::generated;
  bool joined = false;
  std::chrono::nanoseconds first_chunk{0};  ///< From the call to the first chunk.
  std::chrono::nanoseconds latency{0};      ///< From the call to the whole answer.

  /// Nobody had to generate for it.
  [[nodiscard]] bool hit() const noexcept { return source != polystore::Source::generated; }
};

/// The chunks of an answer, in order.
using Chunks = std::vector<std::string>;

/// A trace that was answered; calls are in the order of its requests.
struct Run {
  std::vector<Call> calls;
  std::map<std::size_t, Chunks> answers;  ///< By prompt.
  std::chrono::nanoseconds duration{0};
  std::size_t model_calls = 0;
};

/// Answers a prompt, chunk by chunk. Called from several threads.
using Ask =
    std::function<polystore::Answer(const std::string& prompt, const polystore::ChunkSink& sink)>;

/// Answers the whole trace: each of the callers takes the next request when it has its answer, and
/// calls `answered` before that, from its thread.
/// Throws what `ask` throws, and std::runtime_error when a prompt is not always answered by the
/// same chunks, or these are not the text of the response.
Run replay(const Trace& trace, std::size_t callers, const Ask& ask,
           const std::function<void()>& answered);

/// Adds what came next. Throws std::runtime_error when a prompt got another answer than before.
void append(Run& run, const Run& next);

/// Of how many prompts both runs gave the same answer, and the same chunks.
std::size_t equal_answers(const Run& a, const Run& b);

}  // namespace cached_generation
