#include "support/own_postgres.hpp"

#include "support/servers.hpp"

#include <array>
#include <cstdio>
#include <memory>
#include <stdexcept>

namespace polystore::test {

OwnPostgres::OwnPostgres() {
  (void)require_server("POSTGRES_BIN");
  url_ = run("start");
  url_.resize(url_.find_last_not_of('\n') + 1);
}

OwnPostgres::~OwnPostgres() {
  try {
    (void)run("stop");
  } catch (const std::exception&) {
    // it was never started
  }
}

void OwnPostgres::crash() const { (void)run("crash"); }

void OwnPostgres::resume() const { (void)run("resume"); }

std::string OwnPostgres::run(const std::string& action) const {
  const std::string command =
      "'" POLYSTORE_TEST_SUPPORT "/postgres.sh' " + action + " '" + folder_.path().string() + "'";
  std::unique_ptr<std::FILE, decltype(&pclose)> pipe(popen(command.c_str(), "re"), &pclose);
  if (!pipe) throw std::runtime_error("postgres.sh could not be run");
  std::string output;
  std::array<char, 256> line{};
  while (std::fgets(line.data(), line.size(), pipe.get()) != nullptr) output += line.data();
  if (pclose(pipe.release()) != 0) throw std::runtime_error("postgres.sh " + action + " failed");
  return output;
}

}  // namespace polystore::test
