#pragma once

#include "polystore/deadline.hpp"
#include "polystore/error.hpp"

#include "core/resolve.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace polystore::detail {

/// What `left` tries in a row get of the time: the last one gets all that is left.
inline Deadline share(Deadline deadline, std::size_t left) {
  return left <= 1 ? deadline : deadline.within(deadline.remaining() / static_cast<int>(left));
}

/// The addresses of a host, as text; of a Unix socket, whose name begins with '/', one that is
/// empty. Blocks and throws as resolve.
template <class Host>
std::vector<std::string> numeric_addresses(const Host& host, Deadline deadline, Backend backend) {
  if (host.name.starts_with('/')) return {std::string()};
  std::vector<std::string> addresses;
  for (const auto& address : resolve(host.name, host.port, deadline, backend)) {
    addresses.push_back(address.numeric_host());
  }
  return addresses;
}

/// What `connect(host, address, deadline)` gives of the first host, and the first address of it,
/// that serves; each gets its share of the time. The next one is tried after unavailable and
/// deadline_exceeded. `hosts` must name one. Errors: the last of those; others at once.
template <class Host, class Connect>
auto connect_first(const std::vector<Host>& hosts, Deadline deadline, Backend backend,
                   const Connect& connect) {
  std::optional<Error> failure;
  const auto note = [&failure](const Error& error) {
    const bool next_may_serve =
        error.code() == ErrorCode::unavailable || error.code() == ErrorCode::deadline_exceeded;
    if (!next_may_serve) throw;
    failure = error;
  };
  for (std::size_t h = 0; h < hosts.size(); ++h) {
    const Deadline for_host = share(deadline, hosts.size() - h);
    try {
      const auto addresses = numeric_addresses(hosts[h], for_host, backend);
      for (std::size_t a = 0; a < addresses.size(); ++a) {
        try {
          return connect(hosts[h], addresses[a], share(for_host, addresses.size() - a));
        } catch (const Error& error) {
          note(error);
        }
      }
    } catch (const Error& error) {
      note(error);
    }
  }
  throw Error(*failure);
}

}  // namespace polystore::detail
