#include "polystore/redis/socket.hpp"

#include "polystore/error.hpp"

#include "core/connect_first.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace polystore::redis {
namespace {

Error network_error(ErrorCode code, std::string operation, std::string message) {
  return Error({.code = code,
                .backend = Backend::redis,
                .retryable = true,
                .operation = std::move(operation),
                .message = std::move(message)});
}

// poll() on one descriptor, resumed after signals, until the deadline. The events that came.
short poll_until(int descriptor, short events, Deadline deadline) {
  pollfd entry{.fd = descriptor, .events = events, .revents = 0};
  for (;;) {
    const int count = ::poll(&entry, 1, deadline.remaining_ms());
    if (count > 0) return entry.revents;
    if (count == 0 && deadline.expired()) return 0;
    if (count < 0 && errno != EINTR) return POLLERR;
    if (count < 0 && deadline.expired()) return 0;
  }
}

// For so long a machine may leave what was sent to it unacknowledged.
constexpr unsigned unreachable_ms = 5'000;

void set_options(int descriptor) {
  const int on = 1;
  // Failing to set these costs speed, not correctness.
  (void)::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  (void)::setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  (void)::setsockopt(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, &unreachable_ms,
                     sizeof unreachable_ms);
}

// A connected descriptor, or -1 with errno; ETIMEDOUT when the deadline passed.
int connect_to(const detail::SocketAddress& address, Deadline deadline) {
  const int descriptor =
      ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) return -1;
  set_options(descriptor);
  int failure = 0;
  if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address.storage), address.length) !=
      0) {
    failure = errno;
    if (failure == EINPROGRESS || failure == EINTR) {
      socklen_t size = sizeof failure;
      if (poll_until(descriptor, POLLOUT, deadline) == 0) {
        failure = ETIMEDOUT;
      } else if (::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &failure, &size) != 0) {
        failure = errno;
      }
    }
  }
  if (failure == 0) return descriptor;
  ::close(descriptor);
  errno = failure;
  return -1;
}

}  // namespace

Socket::Socket(const std::string& host, std::uint16_t port, Deadline deadline) {
  const auto addresses = detail::resolve(host, port, deadline, Backend::redis);
  bool in_time = true;
  for (std::size_t i = 0; i < addresses.size() && descriptor_ < 0; ++i) {
    descriptor_ = connect_to(addresses[i], detail::share(deadline, addresses.size() - i));
    if (descriptor_ < 0) in_time = errno != ETIMEDOUT;
  }
  if (descriptor_ >= 0) return;
  if (!in_time) {
    throw network_error(ErrorCode::deadline_exceeded, "connect",
                        "the server did not answer before the deadline");
  }
  throw network_error(ErrorCode::unavailable, "connect",
                      "no server listens at the host and port of the URL; check them, and that it "
                      "runs");
}

Socket::~Socket() { ::close(descriptor_); }

void Socket::shut_down() const noexcept { (void)::shutdown(descriptor_, SHUT_RDWR); }

Socket::Ready Socket::wait(bool for_sending, Deadline deadline) const {
  const auto events = static_cast<short>(for_sending ? POLLIN | POLLOUT : POLLIN);
  const short came = poll_until(descriptor_, events, deadline);
  return {.to_receive = (came & (POLLIN | POLLERR | POLLHUP | POLLNVAL)) != 0,
          .to_send = (came & POLLOUT) != 0};
}

std::size_t Socket::send(std::span<const char> bytes) const {
  const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent >= 0) return static_cast<std::size_t>(sent);
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return 0;
  throw network_error(ErrorCode::unavailable, "send", "the connection to the server was lost");
}

std::size_t Socket::receive(std::span<char> buffer) const {
  const ssize_t received = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
  if (received > 0) return static_cast<std::size_t>(received);
  if (received < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return 0;
  throw network_error(ErrorCode::unavailable, "receive", "the server closed the connection");
}

}  // namespace polystore::redis
