#pragma once

#include "polystore/bodies.hpp"
#include "polystore/content.hpp"
#include "polystore/deadline.hpp"

#include "ports/body_port.hpp"
#include "ports/read_content.hpp"
#include "support/step_deadline.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace polystore::read {

/// Reads bodies, a chunk at a time. Threads: any.
class BodyReader {
 public:
  BodyReader(ports::BodyPort& bodies, ports::ReadContent read_content) noexcept
      : bodies_(bodies), read_content_(std::move(read_content)) {}

  /// As Bodies::read.
  std::optional<Body> read(const ContentId& id, const BodySink& sink, const BodyRange& range,
                           const support::StepDeadline& steps);

  /// One chunk of a body; nothing when its content was erased meanwhile. Errors: those of the
  /// stores; data_loss when it is missing or of another size.
  std::optional<std::vector<std::byte>> read_chunk(const ContentId& content, const Body& body,
                                                   std::int32_t chunk, Deadline deadline);

 private:
  ports::BodyPort& bodies_;
  const ports::ReadContent read_content_;
};

}  // namespace polystore::read
