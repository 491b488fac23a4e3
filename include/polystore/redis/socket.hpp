#pragma once

#include "polystore/deadline.hpp"
#include "polystore/export.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace polystore::redis {

/// A non-blocking TCP connection that raises no signal and is not inherited by programs it starts.
/// TLS will take this class's place. Threads: one at a time, where nothing else is said.
class POLYSTORE_EXPORT Socket {
 public:
  /// Tries each address of the host; each gets its share of the time. Blocks until `deadline` at
  /// most, name resolution included. Errors: unavailable, deadline_exceeded, both retryable.
  Socket(const std::string& host, std::uint16_t port, Deadline deadline);
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket();

  struct Ready {
    bool to_receive = false;  ///< Also when the peer has closed, or the connection failed.
    bool to_send = false;
  };

  /// Waits until something can be received or, if asked for, sent. Neither: the deadline passed.
  [[nodiscard]] Ready wait(bool for_sending, Deadline deadline) const;

  /// Sends what the system takes now; 0 when it takes nothing. Never blocks.
  /// Errors: unavailable when the connection is lost.
  std::size_t send(std::span<const char> bytes) const;

  /// Receives what is there now; 0 when nothing is. Never blocks.
  /// Errors: unavailable when the peer closed or the connection is lost.
  std::size_t receive(std::span<char> buffer) const;

  /// Ends both ways of the connection: whoever waits for it is woken. From any thread; never
  /// blocks.
  void shut_down() const noexcept;

 private:
  int descriptor_ = -1;
};

}  // namespace polystore::redis
