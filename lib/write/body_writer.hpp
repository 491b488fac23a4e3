#pragma once

#include "polystore/bodies.hpp"
#include "polystore/content.hpp"
#include "polystore/deadline.hpp"

#include "ports/body_port.hpp"
#include "ports/read_content.hpp"
#include "support/step_deadline.hpp"

#include <cstdint>
#include <string>

namespace polystore::write {

/// What a body is to be.
struct NewBody {
  ContentId content{};
  std::int64_t user_id = 0;
  std::string media_type{};
};

/// Stores bodies ahead of their contents, chunk by chunk. Until a content names it a body is
/// nobody's: the sweeper removes it if the content never comes. Threads: any.
class BodyWriter {
 public:
  explicit BodyWriter(ports::BodyPort& bodies) noexcept : bodies_(bodies) {}

  /// Reads the source to its end and stores what it gives. Holds one chunk. Blocks until the steps'
  /// deadlines and the source's ends. Errors: invalid_argument with field "source", what the source
  /// throws, those of the port; then what was stored is removed as far as time allows.
  Body write(NewBody wanted, const BodySource& source, const support::StepDeadline& steps);

  /// Removes a body that no content names. Leaves it to the sweeper when that fails.
  void discard(const ContentId& body, Deadline deadline) noexcept;

  /// Likewise, where the content names another body. In doubt it stays.
  void discard_unless_owned(const ContentId& body, const ContentId& content,
                            const ports::ReadContent& read, Deadline deadline) noexcept;

 private:
  void write_chunks(Body& body, const BodySource& source, const support::StepDeadline& steps);

  ports::BodyPort& bodies_;
};

}  // namespace polystore::write
