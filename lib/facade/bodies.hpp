#pragma once

#include "polystore/bodies.hpp"
#include "polystore/fork_stamp.hpp"

#include "ports/body_port.hpp"
#include "ports/clock.hpp"
#include "ports/metadata_port.hpp"
#include "ports/read_content.hpp"
#include "write/lanes.hpp"

#include <atomic>
#include <chrono>
#include <memory>

namespace polystore {

/// What Bodies works on. The ports and lanes must outlive it.
struct Bodies::Parts {
  ports::MetadataPort& metadata;
  ports::BodyPort& bodies;
  write::CommitLanes& lanes;
  ports::ReadContent read_content;
  std::shared_ptr<const ports::Clock> clock;
  std::chrono::milliseconds standard_deadline;
  ForkStamp stamp{};
  std::atomic<bool> closed{false};

  /// Errors: closed.
  void require_live() const;
};

}  // namespace polystore
