#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

/// Non-blocking TCP sockets for tests. Failures are std::runtime_error.
namespace polystore::test {

void require_tcp(bool good, const char* what);

/// The host and port in a URL, and where they stand in it.
struct HostPort {
  std::size_t begin;
  std::size_t end;
  std::string host;
  std::string port;

  static HostPort in(const std::string& url);
  /// The IPv4 address, as the bytes of a sockaddr.
  [[nodiscard]] std::string resolve() const;
};

int new_socket();
/// Bound to 127.0.0.1; port 0 is any. Several may be bound to one port while at most one listens.
int bound_socket(std::uint16_t port);
std::uint16_t port_of(int bound);
/// `with_reset`: the other end gets an RST. Sets the descriptor to -1.
void close_socket(int& descriptor, bool with_reset);

}  // namespace polystore::test
