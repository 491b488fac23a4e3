#pragma once

#include "polystore/error.hpp"

#include "adapters/memory/entries.hpp"
#include "ports/clock.hpp"
#include "ports/response_port.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace polystore::adapters::memory {

/// What the ports of one store share: plain and stored responses, and leases, under one bound.
struct Memory {
  // What the keys of each kind begin with.
  static constexpr char plain = 'p';
  static constexpr char response = 'r';
  static constexpr char lease = 'l';

  Memory(std::size_t max_bytes, std::shared_ptr<const ports::Clock> given_clock)
      : clock(std::move(given_clock)), entries(max_bytes) {}

  const std::shared_ptr<const ports::Clock> clock;
  std::mutex mutex;  // guards the rest
  Entries entries;
  std::optional<std::int64_t> epoch;
  ports::ResponseListener* listener = nullptr;  // called with the mutex held
};

[[noreturn]] inline void throw_closed() {
  throw Error({.code = ErrorCode::closed,
               .backend = Backend::memory,
               .operation = "use responses",
               .message = "they were closed"});
}

}  // namespace polystore::adapters::memory
