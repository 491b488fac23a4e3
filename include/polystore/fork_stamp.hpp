#pragma once

#include "polystore/export.hpp"

namespace polystore {

/// Remembers which process made an object. Server sessions do not survive fork(): a child that
/// closed one politely would end its parent's, so owners of one ask `inherited()` first.
class POLYSTORE_EXPORT ForkStamp {
 public:
  ForkStamp() noexcept;

  /// True in a child forked after this stamp was made. Never blocks; any thread.
  [[nodiscard]] bool inherited() const noexcept;

 private:
  long generation_;
};

}  // namespace polystore
