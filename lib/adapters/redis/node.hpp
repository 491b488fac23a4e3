#pragma once

#include "polystore/redis/combiner.hpp"

#include "adapters/redis/server_state.hpp"

#include <atomic>
#include <cstdint>
#include <memory>

namespace polystore::adapters::redis {

/// One server: the connections to it, and what calls have found of it. Threads: all members from
/// any.
struct Node {
  explicit Node(const polystore::redis::ConnectOptions& connect_options)
      : options(connect_options), combiner(connect_options) {}

  [[nodiscard]] bool is_at(const polystore::redis::Endpoint& endpoint) const noexcept {
    return options.host == endpoint.host && options.port == endpoint.port;
  }

  const polystore::redis::ConnectOptions options;
  const std::uint64_t id = next_id();  ///< No other node of this process has had it; not 0.
  polystore::redis::Combiner combiner;
  ServerState state;

 private:
  static std::uint64_t next_id() noexcept {
    static std::atomic<std::uint64_t> last{0};
    return ++last;
  }
};

using NodeRef = std::shared_ptr<Node>;

}  // namespace polystore::adapters::redis
