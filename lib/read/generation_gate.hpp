#pragma once

#include "polystore/deadline.hpp"

#include <condition_variable>
#include <cstddef>
#include <list>
#include <mutex>
#include <utility>

namespace polystore::read {

/// Bounds the generations at once in this process, for the time when no lease of the response store
/// does. Who waits longest comes first. Must outlive its tickets. Threads: all members from any.
class GenerationGate {
 public:
  /// The right to generate, until it is destroyed.
  class Ticket {
   public:
    Ticket(Ticket&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)) {}
    Ticket& operator=(Ticket&&) = delete;
    Ticket(const Ticket&) = delete;
    Ticket& operator=(const Ticket&) = delete;
    ~Ticket() {
      if (gate_ != nullptr) gate_->leave();
    }

   private:
    friend class GenerationGate;
    explicit Ticket(GenerationGate& gate) noexcept : gate_(&gate) {}

    GenerationGate* gate_;
  };

  /// `most`: at least 1, at once.
  GenerationGate(std::size_t most, std::size_t most_waiting) noexcept
      : free_(most), most_waiting_(most_waiting) {}
  GenerationGate(const GenerationGate&) = delete;
  GenerationGate& operator=(const GenerationGate&) = delete;
  ~GenerationGate() = default;

  /// Blocks until the deadline at most. Errors: overloaded (too many wait), deadline_exceeded;
  /// both retryable.
  [[nodiscard]] Ticket enter(Deadline deadline);

  [[nodiscard]] std::size_t waiting() const noexcept;

 private:
  struct Waiter {
    std::condition_variable turn{};
    bool admitted = false;
  };

  void leave() noexcept;

  mutable std::mutex mutex_;  // guards the rest
  std::size_t free_;
  const std::size_t most_waiting_;
  std::list<Waiter*> waiting_;  // oldest first; none while some are free
};

}  // namespace polystore::read
