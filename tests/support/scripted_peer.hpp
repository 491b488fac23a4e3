#pragma once

#include <catch2/catch_test_macros.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace polystore::test {

/// A TCP peer on 127.0.0.1 that answers what a test wants: for what real servers never say.
/// Serves one connection, or as many as it is told, each on a thread of its own. They must be
/// closed by the other side before its end.
class ScriptedPeer {
 public:
  /// One end of the connection, for a script.
  class Session {
   public:
    explicit Session(int descriptor) : descriptor_(descriptor) {}

    /// What came until now, at least one byte; empty when the other side has closed.
    std::string receive() const {
      std::array<char, 65536> buffer{};
      const ssize_t size = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
      return {buffer.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
    }
    void send(std::string_view bytes) const {
      while (!bytes.empty()) {
        const ssize_t size = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (size <= 0) return;
        bytes.remove_prefix(static_cast<std::size_t>(size));
      }
    }
    /// Each byte in a packet of its own, as far as the system lets.
    void send_slowly(std::string_view bytes) const {
      for (const char byte : bytes) {
        send({&byte, 1});
        std::this_thread::sleep_for(std::chrono::microseconds(200));
      }
    }

   private:
    int descriptor_;
  };

  using Script = std::function<void(Session&)>;

  explicit ScriptedPeer(Script script, int connections = 1)
      : listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), length) == 0);
    REQUIRE(::listen(listener_, connections) == 0);
    REQUIRE(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this, script = std::move(script), connections] {
      std::vector<std::jthread> sessions;
      for (int i = 0; i < connections; ++i) {
        const int descriptor = ::accept(listener_, nullptr, nullptr);
        if (descriptor < 0) return;
        sessions.emplace_back([&script, descriptor] { serve(script, descriptor); });
      }
    });
  }
  ScriptedPeer(const ScriptedPeer&) = delete;
  ScriptedPeer& operator=(const ScriptedPeer&) = delete;
  ~ScriptedPeer() {
    ::shutdown(listener_, SHUT_RDWR);  // wakes accept
    thread_.join();
    ::close(listener_);
  }

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

 private:
  static void serve(const Script& script, int descriptor) {
    const int on = 1;
    ::setsockopt(descriptor, IPPROTO_TCP, 1 /* TCP_NODELAY */, &on, sizeof on);
    Session session(descriptor);
    script(session);
    ::close(descriptor);
  }

  int listener_;
  std::uint16_t port_ = 0;
  std::jthread thread_;
};

}  // namespace polystore::test
