#pragma once

#include "polystore/deadline.hpp"

#include "support/deadline_grace.hpp"

#include <catch2/catch_test_macros.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <utility>

/// Things that go wrong, for tests.
namespace polystore::test {

/// Runs `call` and checks that it ends `span` after it began, within the 100 ms that are allowed.
template <class Call>
void check_ends_within(std::chrono::milliseconds span, Call&& call) {
  const auto begin = Deadline::Clock::now();
  std::forward<Call>(call)();
  CHECK(Deadline::Clock::now() - begin <= span + deadline_grace);
}

/// Stops a process of the server for as long as it lives.
class StoppedProcess {
 public:
  explicit StoppedProcess(int pid) : pid_(pid) {
    if (kill(pid_, SIGSTOP) != 0) FAIL("the test may not stop the server's process " << pid_);
  }
  StoppedProcess(const StoppedProcess&) = delete;
  StoppedProcess& operator=(const StoppedProcess&) = delete;
  ~StoppedProcess() { kill(pid_, SIGCONT); }

 private:
  int pid_;
};

/// A TCP port of this machine that nobody serves: closed, or taking connections and never
/// answering.
class DeadPort {
 public:
  enum class Kind { closed, silent };

  explicit DeadPort(Kind kind) : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    REQUIRE(bind(socket_, reinterpret_cast<sockaddr*>(&address), length) == 0);
    REQUIRE(getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &length) == 0);
    if (kind == Kind::silent) REQUIRE(listen(socket_, 16) == 0);
    port_ = ntohs(address.sin_port);
  }
  DeadPort(const DeadPort&) = delete;
  DeadPort& operator=(const DeadPort&) = delete;
  ~DeadPort() { close(socket_); }

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

 private:
  int socket_;
  std::uint16_t port_ = 0;
};

}  // namespace polystore::test
