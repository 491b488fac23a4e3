#pragma once

#include "polystore/maintenance.hpp"

#include "ports/metadata_port.hpp"
#include "ports/output_port.hpp"
#include "ports/vector_port.hpp"

#include <chrono>

namespace polystore {

/// What Maintenance works on. The ports must outlive it.
struct Maintenance::Parts {
  ports::MetadataPort& metadata;
  ports::OutputPort& outputs;
  ports::VectorPort* vectors;  ///< Null where a store was put together without.
  std::chrono::milliseconds standard_deadline;

  [[nodiscard]] Deadline deadline_or_standard(std::optional<Deadline> deadline) const noexcept {
    return deadline ? *deadline : Deadline::after(standard_deadline);
  }
};

}  // namespace polystore
