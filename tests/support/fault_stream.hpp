#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace polystore::test {

/// Which way bytes go: from the client to the server, or back.
enum class Flow : std::uint8_t { request, reply };

/// Which end of a connection.
enum class Ends : std::uint8_t { client, server, both };

/// What becomes of the bytes of one flow.
struct Fault {
  enum class Kind : std::uint8_t {
    none,
    black_hole,  ///< They vanish, and with them the news that their sender is gone.
    delay,       ///< They come `span` later.
    trickle,     ///< They come one at a time, `span` apart.
    cut,         ///< After `bytes` of them both ends find the connection closed.
    reset,    ///< With the next of them `ends` get an RST; another end sees the connection close.
    rewrite,  ///< For triggers: `text`, of the same size, comes in place of those that passed.
  };

  Kind kind = Kind::none;
  std::chrono::milliseconds span{0};
  std::size_t bytes = 0;
  Ends ends = Ends::both;
  std::string text{};

  static Fault black_hole() { return {.kind = Kind::black_hole}; }
  static Fault delay(std::chrono::milliseconds span) { return {.kind = Kind::delay, .span = span}; }
  static Fault trickle(std::chrono::milliseconds span = {}) {
    return {.kind = Kind::trickle, .span = span};
  }
  static Fault cut_after(std::size_t bytes) { return {.kind = Kind::cut, .bytes = bytes}; }
  static Fault reset(Ends ends = Ends::both) { return {.kind = Kind::reset, .ends = ends}; }
  static Fault rewrite(std::string text) {
    return {.kind = Kind::rewrite, .text = std::move(text)};
  }
};

/// The bytes of one flow of one connection between being read and being sent. No system calls.
class FaultStream {
 public:
  using Clock = std::chrono::steady_clock;

  void set(const Fault& fault) { fault_ = fault; }
  [[nodiscard]] const Fault& fault() const noexcept { return fault_; }

  /// Takes in bytes under the present fault. `once` is one for these bytes only.
  void take(std::string_view bytes, const std::optional<Fault>& once = std::nullopt);
  /// The sender is done.
  void end();

  /// What may be sent now; empty: nothing yet, or done.
  [[nodiscard]] std::string_view next() const;
  void sent(std::size_t bytes);
  /// When next() has something, if it has nothing now and something waits.
  [[nodiscard]] std::optional<Clock::time_point> due() const;

  [[nodiscard]] bool has_room() const noexcept { return waiting_bytes_ < (std::size_t{1} << 20); }
  /// All was sent and the sender is done.
  [[nodiscard]] bool ended() const noexcept { return ended_ && chunks_.empty(); }
  /// A cut has come to its place, and what was before it was sent.
  [[nodiscard]] bool cut() const noexcept { return cut_ && chunks_.empty(); }
  /// Bytes have vanished.
  [[nodiscard]] bool lost() const noexcept { return lost_; }
  [[nodiscard]] bool swallows() const noexcept {
    return lost_ || fault_.kind == Fault::Kind::black_hole;
  }

 private:
  struct Chunk {
    std::string bytes;
    Clock::time_point due;
    bool trickle;
    std::chrono::milliseconds pause;
    std::size_t done = 0;
  };

  Fault fault_;
  std::deque<Chunk> chunks_;
  std::size_t waiting_bytes_ = 0;
  bool ended_ = false;
  bool cut_ = false;
  bool lost_ = false;
};

}  // namespace polystore::test
