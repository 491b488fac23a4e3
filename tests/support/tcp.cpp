#include "support/tcp.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <utility>

namespace polystore::test {

void require_tcp(bool good, const char* what) {
  if (!good) throw std::runtime_error(what);
}

HostPort HostPort::in(const std::string& url) {
  const auto scheme = url.find("://");
  require_tcp(scheme != std::string::npos, "the URL has no host");
  const auto end = std::min(url.find_first_of("/?", scheme + 3), url.size());
  const auto user = url.rfind('@', end);
  const auto begin = user == std::string::npos || user < scheme ? scheme + 3 : user + 1;
  const auto colon = url.rfind(':', end);
  require_tcp(colon != std::string::npos && colon >= begin, "the URL names no port");
  return {begin, end, url.substr(begin, colon - begin), url.substr(colon + 1, end - colon - 1)};
}

std::string HostPort::resolve() const {
  addrinfo hints{};
  hints.ai_family = AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  require_tcp(getaddrinfo(host.c_str(), port.c_str(), &hints, &found) == 0,
              "the host of the URL is unknown");
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, &freeaddrinfo);
  return {reinterpret_cast<const char*>(found->ai_addr), found->ai_addrlen};
}

int new_socket() { return ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0); }

int bound_socket(std::uint16_t port) {
  const int bound = new_socket();
  const int on = 1;
  ::setsockopt(bound, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  require_tcp(::bind(bound, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0,
              "no port is free");
  return bound;
}

std::uint16_t port_of(int bound) {
  sockaddr_in address{};
  socklen_t length = sizeof address;
  require_tcp(::getsockname(bound, reinterpret_cast<sockaddr*>(&address), &length) == 0,
              "no address");
  return ntohs(address.sin_port);
}

void close_socket(int& descriptor, bool with_reset) {
  if (descriptor < 0) return;
  if (with_reset) {
    const linger now{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  }
  ::close(std::exchange(descriptor, -1));
}

}  // namespace polystore::test
