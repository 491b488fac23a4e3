#pragma once

#include "polystore/redis/options.hpp"

#include "support/scripted_peer.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace polystore::test {

/// The arguments of the commands that have come whole; they are taken from `bytes`.
inline std::vector<std::vector<std::string>> take_commands(std::string& bytes) {
  std::vector<std::vector<std::string>> commands;
  for (;;) {
    std::size_t at = 0;
    const auto number = [&](char kind) -> std::optional<std::size_t> {
      const auto end = bytes.find("\r\n", at);
      if (at >= bytes.size() || bytes[at] != kind || end == std::string::npos) return std::nullopt;
      const auto value = std::stoul(bytes.substr(at + 1, end - at - 1));
      at = end + 2;
      return value;
    };
    const auto count = number('*');
    if (!count) return commands;
    std::vector<std::string> command;
    while (command.size() < *count) {
      const auto size = number('$');
      if (!size || bytes.size() < at + *size + 2) return commands;
      command.push_back(bytes.substr(at, *size));
      at += *size + 2;
    }
    commands.push_back(std::move(command));
    bytes.erase(0, at);
  }
}

/// What a server that is no node of a cluster answers to the greeting of a client without a
/// password.
inline constexpr std::string_view greeting =
    "+OK\r\n-ERR This instance has cluster support disabled\r\n+OK\r\n";

/// A scripted peer's end of the protocol, after the client's greeting.
class RedisPeer {
 public:
  explicit RedisPeer(ScriptedPeer::Session& session) : session_(&session) {
    while (greeted_ < 3) greeted_ += next_commands().size();
    session_->send(greeting);
  }

  /// At least one command; empty when the client has closed.
  std::vector<std::vector<std::string>> next_commands() {
    for (;;) {
      auto commands = take_commands(bytes_);
      if (!commands.empty()) return commands;
      const auto more = session_->receive();
      if (more.empty()) return {};
      bytes_ += more;
    }
  }
  void answer(const std::string& text) const {
    session_->send("$" + std::to_string(text.size()) + "\r\n" + text + "\r\n");
  }
  /// Answers each command by its last argument until the client closes.
  void echo() {
    for (auto commands = next_commands(); !commands.empty(); commands = next_commands()) {
      for (const auto& command : commands) answer(command.back());
    }
  }

 private:
  ScriptedPeer::Session* session_;
  std::string bytes_;
  std::size_t greeted_ = 0;
};

inline redis::ConnectOptions at(const ScriptedPeer& peer) {
  return {.host = "127.0.0.1", .port = peer.port()};
}

}  // namespace polystore::test
