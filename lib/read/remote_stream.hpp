#pragma once

#include "polystore/response_cache.hpp"

#include "ports/response_port.hpp"
#include "read/flight.hpp"

#include <cstddef>
#include <exception>
#include <string>
#include <string_view>

namespace polystore::read {

/// The chunks of an answer that another process makes, as they are handed out here: to a leader's
/// sink, and to those who joined its flight. What was handed out can't be taken back: only an
/// answer that begins with it may follow. Threads: one.
class RemoteStream {
 public:
  /// `sink` may be null.
  RemoteStream(Flight& flight, const ChunkSink* sink) noexcept : flight_(flight), sink_(sink) {}

  [[nodiscard]] bool begun() const noexcept { return chunks_ > 0; }
  [[nodiscard]] std::size_t chunks() const noexcept { return chunks_; }
  /// Whether chunks that this one makes are wanted: those of a single maker are taken.
  [[nodiscard]] bool follows(const ports::LeaseToken& maker);

  /// What the leader's sink throws is thrown by end(): the others get theirs all the same.
  void hand_out(std::string_view chunk);

  /// Hands out the rest of an answer, if any of one was. Errors: unavailable (retryable) when that
  /// began otherwise.
  void complete(const Response& response);
  /// Whether that happened.
  [[nodiscard]] bool broken() const noexcept { return broken_; }

  /// Throws what the leader's sink threw.
  void end() const {
    if (sink_failure_) std::rethrow_exception(sink_failure_);
  }

 private:
  Flight& flight_;
  const ChunkSink* const sink_;
  ports::LeaseToken maker_{};
  std::string text_;  // that was handed out
  std::size_t chunks_ = 0;
  bool broken_ = false;
  std::exception_ptr sink_failure_;
};

}  // namespace polystore::read
