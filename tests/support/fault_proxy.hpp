#pragma once

#include "polystore/deadline.hpp"

#include "support/fault_stream.hpp"

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

struct pollfd;

namespace polystore::test {

/// Does something to a connection when bytes pass. `flow` gets the fault from the first of the
/// bytes on (if it is the flow they were seen in), else from its next byte on.
struct Trigger {
  Flow seen_in = Flow::request;
  std::string bytes{};
  Flow flow = Flow::request;
  Fault fault{};
  int times = 1;  ///< How often it acts; it counts on after that.
};

/// Rolls for each read of each flow. The same seed, connection and read give the same roll.
struct RandomFaults {
  std::uint64_t seed = 0;
  double probability = 0.01;
  std::chrono::milliseconds longest_delay{20};
  std::vector<Fault::Kind> kinds{Fault::Kind::delay, Fault::Kind::trickle, Fault::Kind::cut,
                                 Fault::Kind::reset};
};

/// A TCP proxy on 127.0.0.1 between a client and a real server, that misbehaves when told: from now
/// on, on one connection when certain bytes pass, or at random by a seed. One thread serves all
/// connections and ends with the object; nothing in it blocks.
/// Faults hold for open and for later connections until heal(). Threads: all members from any.
class FaultProxy {
 public:
  /// Forwards to the host and port of "scheme://user:password@host:port/…".
  explicit FaultProxy(const std::string& url);
  FaultProxy(const FaultProxy&) = delete;
  FaultProxy& operator=(const FaultProxy&) = delete;
  ~FaultProxy();

  /// The URL given, with this proxy in place of its host and port.
  [[nodiscard]] const std::string& url() const noexcept { return url_; }
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

  /// What becomes of a flow's bytes from the next one on.
  void set(Flow flow, const Fault& fault);
  /// Whether new connections are refused; open ones go on.
  void refuse(bool refused);
  /// Resets all open connections now.
  void reset_open(Ends ends = Ends::both);
  void randomise(const RandomFaults& faults);
  /// Ends all faults, triggers and rolls. A connection that has lost bytes is reset: what it lost
  /// never comes.
  void heal();

  /// Arms a trigger; its number, from 0.
  std::size_t arm(const Trigger& trigger);
  /// How often the bytes of a trigger have passed since it was armed.
  [[nodiscard]] int passed(std::size_t trigger = 0) const;
  [[nodiscard]] bool await_passed(int count, Deadline deadline, std::size_t trigger = 0);

  /// How many connections were taken, from the beginning.
  [[nodiscard]] int connections() const;

 private:
  struct Link;

  struct Armed {
    Trigger trigger;
    int passed = 0;
    bool active = true;
  };

  void run();
  void obey();
  void wait_until_obeyed(std::unique_lock<std::mutex>& lock);
  void accept_all();
  [[nodiscard]] std::vector<pollfd> what_to_poll() const;
  [[nodiscard]] int patience() const;
  void serve(Link& link);
  void read(Link& link, Flow flow);
  void write(Link& link, Flow flow);
  void take(Link& link, Flow flow, std::string_view bytes);
  void pass(Link& link, Flow flow, std::string_view bytes);
  [[nodiscard]] std::optional<Fault> roll(Link& link, Flow flow) const;

  std::string url_;
  std::string server_;  // its sockaddr
  std::uint16_t port_ = 0;
  int guard_ = -1;  // holds the port, also while nobody listens
  int wake_ = -1;

  mutable std::mutex mutex_;  // guards the rest
  std::condition_variable changed_;
  std::uint64_t told_ = 0;  // orders given, and carried out
  std::uint64_t done_ = 0;
  bool stopping_ = false;
  bool refused_ = false;
  int listener_ = -1;
  int connections_ = 0;
  std::array<Fault, 2> standing_;  // by Flow: for later connections
  std::deque<Armed> armed_;
  std::optional<RandomFaults> random_;
  std::list<Link> links_;
  std::jthread thread_;  // last: it uses the rest
};

}  // namespace polystore::test
