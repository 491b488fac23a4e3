#pragma once

#include "polystore/deadline.hpp"
#include "polystore/error.hpp"
#include "polystore/response_cache.hpp"

#include "ports/response_port.hpp"

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace polystore::read {

/// One making of an answer in this process: a leader makes it, followers wait for it and may take
/// its chunks while it comes. Threads: the leader's members from one, follow from any.
class Flight {
 public:
  enum class End : std::uint8_t { answered, abandoned };

  Flight() = default;
  Flight(const Flight&) = delete;
  Flight& operator=(const Flight&) = delete;
  ~Flight() = default;

  /// The leader's: the next chunk of the answer. Followers share the one copy that is made of it.
  void append(std::string_view chunk);
  /// Whether one who follows takes chunks, or did.
  [[nodiscard]] bool has_sinks();
  /// The leader's last word; after it all others are ignored. The answer goes to all followers,
  /// whose `joined` is set.
  void succeed(const Answer& answer) noexcept;
  /// The leader's last word: every follower throws `failure`.
  void fail(std::exception_ptr failure) noexcept;
  /// The leader's last word: it ran out of time. Followers shall try for themselves.
  void abandon() noexcept;

  /// Waits for the end. Chunks go to `sink` (which may be null), from the first on; one that was
  /// answered without chunks is replayed as its response's. No lock is held while a sink runs.
  /// `abandoned` after chunks were handed out is an Error (unavailable, retryable), since they
  /// can't be taken back. What has ended is handed out whatever the deadline. Errors:
  /// deadline_exceeded (retryable), what fail() was given, what the sink throws.
  End follow(const ChunkSink* sink, Deadline deadline, Answer& answer);

 private:
  friend class FlightTable;

  enum class State : std::uint8_t { under_way, answered, failed, abandoned };
  using Chunks = std::vector<std::string_view>;

  [[nodiscard]] bool may_be_joined();
  template <class Say>
  void end(State state, Say&& say) noexcept;
  Chunks next_chunks(std::size_t handed_out, Deadline deadline);
  void wait_for_end(Deadline deadline);
  End last_word(bool handed_out, Answer& answer);

  std::mutex mutex_;                // guards the rest
  std::condition_variable grown_;   // there are more chunks, or it has ended
  std::condition_variable ended_;   // for those that want no chunks
  std::deque<std::string> chunks_;  // never changed, so that they may be read without the lock
  State state_ = State::under_way;
  bool has_sinks_ = false;
  Answer answer_;
  std::exception_ptr failure_;
};

/// What ends a call whose chunks, that were handed out, no answer goes on from.
[[nodiscard]] Error broken_off();

/// Hands each chunk of a response to the sink. What the sink throws goes through.
void replay(const Response& response, const ChunkSink& sink);

/// The flights under way, by entry. Threads: all members from any.
class FlightTable {
 public:
  /// A caller's place in a flight. When a leader's is destroyed its flight is abandoned, unless
  /// its last word was said before, and has left. Must not outlive the table.
  class Seat {
   public:
    Seat(Seat&& other) noexcept
        : flight(std::move(other.flight)),
          leads(std::exchange(other.leads, false)),
          table_(other.table_),
          key_(other.key_) {}
    Seat& operator=(Seat&&) = delete;
    Seat(const Seat&) = delete;
    Seat& operator=(const Seat&) = delete;
    ~Seat();

    std::shared_ptr<Flight> flight;
    bool leads;

   private:
    friend class FlightTable;
    Seat(std::shared_ptr<Flight> its_flight, bool leads_it, FlightTable& table,
         const ports::EntryKey& key) noexcept
        : flight(std::move(its_flight)), leads(leads_it), table_(&table), key_(key) {}

    FlightTable* table_;
    ports::EntryKey key_;
  };

  FlightTable();
  FlightTable(const FlightTable&) = delete;
  FlightTable& operator=(const FlightTable&) = delete;
  ~FlightTable();

  /// Joins the flight of an entry, or begins one as its leader. One that failed or was abandoned
  /// is not joined.
  [[nodiscard]] Seat board(const ports::EntryKey& key);
  /// The leader's: later callers begin anew. Before or after the last word; its Seat does it too.
  void leave(const ports::EntryKey& key, const std::shared_ptr<Flight>& flight) noexcept;
  /// Later callers begin anew, though the flight goes on: what it makes was invalidated.
  void detach(const ports::EntryKey& key) noexcept;
  void detach_all() noexcept;

 private:
  struct Shard;
  [[nodiscard]] Shard& shard_of(const ports::EntryKey& key) noexcept;

  std::unique_ptr<Shard[]> shards_;
};

}  // namespace polystore::read
