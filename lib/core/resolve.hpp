#pragma once

#include "polystore/deadline.hpp"
#include "polystore/error.hpp"
#include "polystore/export.hpp"

#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <vector>

namespace polystore::detail {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;

  /// "127.0.0.1" or "::1": what libpq takes as hostaddr.
  [[nodiscard]] POLYSTORE_EXPORT std::string numeric_host() const;
};

/// All TCP addresses of `host`, in the order of preference of the system.
/// Blocks until `deadline` at most: getaddrinfo has no timeout, so a name is looked up by a thread
/// that is left behind when it does not answer in time; a numeric address takes no thread.
/// Errors: unavailable (retryable), deadline_exceeded (retryable), both with `backend`.
POLYSTORE_EXPORT std::vector<SocketAddress> resolve(const std::string& host, std::uint16_t port,
                                                    Deadline deadline, Backend backend);

}  // namespace polystore::detail
