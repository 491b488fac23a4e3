#pragma once

#include "polystore/fork_stamp.hpp"
#include "polystore/vector_options.hpp"
#include "polystore/vectors.hpp"

#include "ports/vector_port.hpp"
#include "vector/service.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>

namespace polystore {

struct Vectors::Parts {
  /// `port`: null where a store was put together without vectors.
  Parts(ports::VectorPort* port, const VectorOptions& options, std::chrono::milliseconds deadline)
      : standard_deadline(deadline) {
    if (port != nullptr) service.emplace(*port, options);
  }

  /// Errors: closed, unsupported.
  [[nodiscard]] vector::Service& live();
  [[nodiscard]] Deadline deadline_or_standard(std::optional<Deadline> deadline) const noexcept {
    return deadline ? *deadline : Deadline::after(standard_deadline);
  }
  void close() noexcept {
    closed = true;
    if (service) service->stop();
  }

  const std::chrono::milliseconds standard_deadline;
  const ForkStamp stamp;
  std::atomic<bool> closed{false};
  std::optional<vector::Service> service;
};

}  // namespace polystore
