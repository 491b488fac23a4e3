#include "support/own_server.hpp"

#include "support/servers.hpp"

#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace polystore::test {
namespace {

// From a line "export POLYSTORE_TEST_<name>='value'".
std::string variable(const std::string& file_name, const std::string& name) {
  std::ifstream file(file_name);
  const std::string begin = "export POLYSTORE_TEST_" + name + "='";
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(begin)) return line.substr(begin.size(), line.size() - begin.size() - 1);
  }
  throw std::runtime_error("servers.sh wrote no " + name);
}

struct Names {
  const char* server;   // of servers.sh
  const char* program;  // POLYSTORE_TEST_…
};

constexpr Names names_of(OwnServer::Kind kind) {
  switch (kind) {
    case OwnServer::Kind::postgres:
      return {"postgres", "POSTGRES_BIN"};
    case OwnServer::Kind::mysql:
      return {"mysql", "MYSQLD"};
    case OwnServer::Kind::mongo:
      return {"mongo", "MONGOD"};
    case OwnServer::Kind::redis:
    case OwnServer::Kind::durable_redis:
      break;
  }
  return {"redis", "REDIS_SERVER"};
}

}  // namespace

OwnServer::OwnServer(Kind kind) : kind_(kind) {
  (void)require_server(names_of(kind).program);
  // PostgreSQL and MariaDB may run as users of their own.
  std::filesystem::permissions(folder_.path(), std::filesystem::perms(0755));
  run("start");
  url_ = told("URL");
}

OwnServer::~OwnServer() {
  try {
    run("stop");
  } catch (const std::exception&) {
    // it was never started
  }
}

std::string OwnServer::told(const std::string& name) const {
  std::string upper = names_of(kind_).server;
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return variable(folder() + "/env", upper + "_" + name);
}

int OwnServer::pid() const { return std::stoi(told("PID")); }

void OwnServer::crash() const { run("crash"); }

void OwnServer::restart() const { run("restart"); }

void OwnServer::run(const std::string& action) const {
  const std::string command =
      (kind_ == Kind::durable_redis ? "POLYSTORE_TEST_REDIS_APPENDONLY=yes '" : "'") +
      std::string(POLYSTORE_TEST_SUPPORT) + "/servers.sh' " + action + " '" + folder() + "' " +
      (action == "stop" ? "" : names_of(kind_).server) + " >/dev/null 2>&1";
  if (std::system(command.c_str()) != 0) throw std::runtime_error("failed: " + command);
}

}  // namespace polystore::test
