#pragma once

#include "polystore/redis/reply.hpp"
#include "polystore/redis/wire.hpp"

#include "support/temporary_folder.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace polystore::test {

/// A port of 127.0.0.1 that nobody listens on, below those that the system gives out.
std::uint16_t free_port();

/// A redis-server of the test's own, by lines of its configuration: for those that servers.sh does
/// not start. Skips the test where there is none to be had. Ended at the end of its scope, also by
/// the end of the test program.
class RedisProcess {
 public:
  enum class Kind { server, node, sentinel };  // a node: of a cluster

  /// Not started yet. `password`: what clients have to send; empty for none.
  explicit RedisProcess(Kind kind, std::string password = {});
  RedisProcess(const RedisProcess&) = delete;
  RedisProcess& operator=(const RedisProcess&) = delete;
  ~RedisProcess() { kill(); }

  /// Starts it with these lines, and waits until it serves.
  void start(const std::vector<std::string>& lines);
  /// Ends it at once.
  void kill();

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] std::uint16_t bus_port() const noexcept { return bus_port_; }  ///< Of a node.
  [[nodiscard]] int pid() const noexcept { return pid_; }
  [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

  /// Its answer to a command, which is an error reply or none.
  [[nodiscard]] redis::Reply answer(const redis::Command& command) const;
  /// The same of one that must succeed.
  redis::Reply run(const redis::Command& command) const;  // NOLINT(*-nodiscard)

 private:
  [[nodiscard]] bool serves() const;

  const Kind kind_;
  const std::string password_;
  const std::uint16_t port_;
  const std::uint16_t bus_port_;
  TemporaryFolder folder_;
  int pid_ = 0;
};

}  // namespace polystore::test
