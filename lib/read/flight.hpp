#pragma once

#include "polystore/deadline.hpp"
#include "polystore/response_cache.hpp"

#include "ports/response_port.hpp"

#include <condition_variable>
#include <cstddef>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace polystore::read {

/// One making of an answer in this process: a leader makes it, followers wait for it and may take
/// its chunks while it comes. Threads: the leader's members from one, follow from any.
class Flight {
 public:
  enum class End { answered, abandoned };

  Flight() = default;
  Flight(const Flight&) = delete;
  Flight& operator=(const Flight&) = delete;

  /// The leader's: the next chunk of the answer.
  void append(std::string_view chunk);
  /// The leader's last word, once. The answer goes to all followers, whose `joined` is set.
  void succeed(const Answer& answer) noexcept;
  /// The leader's last word, once: every follower throws `failure`.
  void fail(std::exception_ptr failure) noexcept;
  /// The leader's last word, once: it ran out of time. Followers shall try for themselves.
  void abandon() noexcept;

  /// Waits for the end. Chunks go to `sink` (which may be null), from the first on; one that was
  /// answered without chunks is replayed as its response's. `abandoned` after chunks were handed
  /// out is an Error (unavailable, retryable), since they can't be taken back. Errors:
  /// deadline_exceeded, what fail() was given, what the sink throws.
  End follow(const ChunkSink* sink, Deadline deadline, Answer& answer);

 private:
  std::mutex mutex_;  // guards the rest
  std::condition_variable changed_;
  std::string text_;
  std::vector<std::size_t> chunk_ends_;
  bool ended_ = false;
  bool abandoned_ = false;
  Answer answer_;
  std::exception_ptr failure_;
};

/// Hands each chunk of a response to the sink. What the sink throws goes through.
void replay(const Response& response, const ChunkSink& sink);

/// The flights under way, by entry. Threads: all members from any.
class FlightTable {
 public:
  struct Seat {
    std::shared_ptr<Flight> flight{};
    bool leads = false;
  };

  FlightTable();
  FlightTable(const FlightTable&) = delete;
  FlightTable& operator=(const FlightTable&) = delete;
  ~FlightTable();

  /// Joins the flight of an entry, or begins one as its leader, who must call leave().
  [[nodiscard]] Seat board(const ports::EntryKey& key);
  /// The leader's: later callers begin anew. Before or after the last word.
  void leave(const ports::EntryKey& key, const std::shared_ptr<Flight>& flight) noexcept;
  /// Later callers begin anew, though the flight goes on: what it makes was invalidated.
  void detach(const ports::EntryKey& key) noexcept;

 private:
  struct Shard;
  std::unique_ptr<Shard[]> shards_;
};

}  // namespace polystore::read
