#pragma once

#include "polystore/deadline.hpp"

#include "ports/response_port.hpp"
#include "read/lease_keeper.hpp"

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace polystore::read {

/// Hands the chunks of answers that are being made to the response store, for callers of other
/// processes who wait for them, in a thread of its own: nobody waits for it. What it can't hand
/// over those callers get with the whole answer. Threads: all members from any.
class ChunkRelay {
 public:
  struct Pending;

  /// The chunks of one answer, while it is being made; then those that were not sent yet are
  /// dropped. Must not outlive the relay. Threads: one.
  class Stream {
   public:
    Stream(ChunkRelay& relay, const LeaseKeeper::Lease& lease);
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;
    ~Stream();

    void append(std::string_view chunk);

   private:
    ChunkRelay& relay_;
    const std::shared_ptr<Pending> pending_;
  };

  explicit ChunkRelay(ports::ResponsePort& port) noexcept : port_(port) {}
  ChunkRelay(const ChunkRelay&) = delete;
  ChunkRelay& operator=(const ChunkRelay&) = delete;
  /// Closes, and waits for the thread: 200 ms at most.
  ~ChunkRelay();

  /// Hands nothing over any more. Never waits.
  void close() noexcept;

 private:
  using TimePoint = Deadline::Clock::time_point;
  using Lock = std::unique_lock<std::mutex>;
  enum class Handed : std::uint8_t { yes, not_now, refused };

  [[nodiscard]] bool start_thread();
  void work();
  [[nodiscard]] std::shared_ptr<Pending> next_due(Lock& lock);
  void send(Lock& lock, std::shared_ptr<Pending> pending);
  [[nodiscard]] Handed hand_over(Lock& lock, const Pending& pending,
                                 const std::vector<std::string>& chunks);

  ports::ResponsePort& port_;
  std::mutex mutex_;  // guards the rest
  std::condition_variable changed_;
  std::vector<std::shared_ptr<Pending>> waiting_;  // with chunks to send; in turn
  bool closed_ = false;
  std::thread thread_;
};

}  // namespace polystore::read
