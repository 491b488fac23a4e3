#include "support/redis_process.hpp"

#include "polystore/error.hpp"

#include "support/servers.hpp"
#include "support/tcp.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <random>
#include <stdexcept>
#include <thread>
#include <utility>

namespace polystore::test {
namespace {

using namespace std::chrono_literals;

// The child of a fork: calls what is safe there alone.
[[noreturn]] void become_server(const char* program, const char* configuration,
                                const char* option) {
  (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int nothing = open("/dev/null", O_RDWR);
  dup2(nothing, STDOUT_FILENO);
  dup2(nothing, STDERR_FILENO);
  execl(program, program, configuration, option, nullptr);
  _exit(127);
}

}  // namespace

std::uint16_t free_port() {
  std::mt19937 random{std::random_device{}()};
  std::uniform_int_distribution<int> ports(20000, 32000);
  for (;;) {
    try {
      const auto port = static_cast<std::uint16_t>(ports(random));
      int bound = bound_socket(port);
      const bool listens = ::listen(bound, 1) == 0;
      close_socket(bound, false);
      if (listens) return port;
    } catch (const std::runtime_error&) {
      // taken: the next one
    }
  }
}

RedisProcess::RedisProcess(Kind kind, std::string password)
    : kind_(kind), password_(std::move(password)), port_(free_port()), bus_port_(free_port()) {}

void RedisProcess::start(const std::vector<std::string>& lines) {
  const std::string program = require_server("REDIS_SERVER");
  const std::string configuration = (folder_.path() / "redis.conf").string();
  {
    std::ofstream file(configuration);
    file << "port " << port_ << "\nbind 127.0.0.1\ndir " << folder_.path().string()
         << "\nlogfile log\nrepl-diskless-sync-delay 0\n";
    if (kind_ != Kind::sentinel) file << "save \"\"\n";
    if (kind_ == Kind::node) file << "cluster-port " << bus_port_ << "\n";
    if (!password_.empty()) file << "requirepass " << password_ << '\n';
    for (const auto& line : lines) file << line << '\n';
  }
  pid_ = fork();
  if (pid_ == 0) {
    become_server(program.c_str(), configuration.c_str(),
                  kind_ == Kind::sentinel ? "--sentinel" : nullptr);
  }
  for (int i = 0; !serves(); ++i) {
    if (i == 2000 || waitpid(pid_, nullptr, WNOHANG) == pid_) {
      throw std::runtime_error("redis-server did not start");
    }
    std::this_thread::sleep_for(5ms);
  }
}

void RedisProcess::kill() {
  if (pid_ <= 0) return;
  (void)::kill(pid_, SIGKILL);
  (void)waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

bool RedisProcess::serves() const {
  try {
    return !answer({"PING"}).is_error();
  } catch (const Error&) {
    return false;
  }
}

redis::Reply RedisProcess::answer(const redis::Command& command) const {
  const auto deadline = Deadline::after(20s);
  const auto wire = redis::Wire::open({.host = "127.0.0.1", .port = port_}, deadline);
  std::vector<redis::Command> commands;
  if (!password_.empty()) commands.push_back({"AUTH", password_});
  commands.push_back(command);
  return std::move(wire->exchange(redis::encode(commands), commands.size(), deadline).back());
}

redis::Reply RedisProcess::run(const redis::Command& command) const {
  auto reply = answer(command);
  reply.check();
  return reply;
}

}  // namespace polystore::test
