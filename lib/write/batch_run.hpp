#pragma once

#include "polystore/deadline.hpp"
#include "polystore/error.hpp"

#include <cstddef>
#include <cstdint>

namespace polystore::write {

/// One call that does its work in batches, a transaction each, so that it can be stopped and gone
/// on with anywhere: what it has learnt of them. Threads: one.
class BatchRun {
 public:
  explicit BatchRun(Deadline deadline) : deadline_(deadline) {}

  [[nodiscard]] Deadline deadline() const noexcept { return deadline_; }
  /// Of the outputs of committed batches: those that are left to the relay.
  [[nodiscard]] std::int64_t outputs_pending() const noexcept { return outputs_pending_; }

  /// Calls `batch` until it returns true, for nothing is left, or until the deadline. Whether
  /// nothing is left. Errors: those of `batch`, when no batch is known to be committed; later ones
  /// end the run early.
  template <class Batch>
  [[nodiscard]] bool repeat(Batch batch) {
    try {
      do {
        if (batch()) return true;
      } while (!deadline_.expired());
    } catch (const Error&) {
      if (!committed_) throw;
    }
    return false;
  }

  /// A batch is committed, of which so many outputs are still to be written or removed.
  void committed(std::size_t outputs) noexcept {
    committed_ = true;
    outputs_pending_ += static_cast<std::int64_t>(outputs);
  }

  /// Does that for some of them by `hand_over`. Where it returns false the relay does it, as it
  /// does for the batches that follow: the time is better spent on the metadata.
  template <class HandOver>
  void hand_over(std::size_t outputs, HandOver hand_over) {
    if (outputs == 0 || outputs_fail_) return;
    outputs_fail_ = !hand_over();
    if (!outputs_fail_) outputs_pending_ -= static_cast<std::int64_t>(outputs);
  }

 private:
  const Deadline deadline_;
  std::int64_t outputs_pending_ = 0;
  bool committed_ = false;  // at least one batch
  bool outputs_fail_ = false;
};

}  // namespace polystore::write
