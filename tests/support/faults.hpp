#pragma once

#include "polystore/deadline.hpp"

#include "support/deadline_grace.hpp"
#include "support/patience.hpp"

#include <catch2/catch_test_macros.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
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

/// Stops a process of the server, with all its threads, for as long as it lives.
class StoppedProcess {
 public:
  explicit StoppedProcess(int pid) : pid_(pid) {
    if (kill(pid_, SIGSTOP) != 0) FAIL("the test may not stop the server's process " << pid_);
    CHECK(becomes_true([this] { return all_stopped(); }));
  }
  StoppedProcess(const StoppedProcess&) = delete;
  StoppedProcess& operator=(const StoppedProcess&) = delete;
  ~StoppedProcess() { kill(pid_, SIGCONT); }

 private:
  // The state stands behind the name, which is in parentheses.
  [[nodiscard]] bool all_stopped() const {
    const std::string tasks = "/proc/" + std::to_string(pid_) + "/task";
    std::error_code gone;
    for (const auto& task : std::filesystem::directory_iterator(tasks, gone)) {
      std::ifstream file(task.path() / "stat");
      std::string line;
      std::getline(file, line);
      const auto name_end = line.rfind(')');
      if (name_end != std::string::npos && line.substr(name_end + 2, 1) != "T") return false;
    }
    return true;
  }

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
