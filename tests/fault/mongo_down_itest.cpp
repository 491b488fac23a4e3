// A MongoDB that is not there when the store begins.
#include "fault/mongo_store.hpp"
#include "support/temporary_folder.hpp"

#include <signal.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

using namespace polystore;
using namespace std::chrono_literals;
using test::draft_titled;
using test::has;

namespace {

// A mongod of the test's own, which can be killed and started again.
class OwnMongod {
 public:
  OwnMongod() {
    (void)test::require_server("MONGOD");
    run("start", "mongo");
  }
  OwnMongod(const OwnMongod&) = delete;
  OwnMongod& operator=(const OwnMongod&) = delete;
  ~OwnMongod() {
    const std::string command = command_of("stop", "");
    (void)!std::system(command.c_str());
  }

  void start() const { run("restart", "mongo"); }
  void kill_it() const {
    const pid_t pid = std::stoi(variable("MONGO_PID"));
    REQUIRE(kill(pid, SIGKILL) == 0);
    // It is init's child: gone when the signal has nobody to go to.
    const auto give_up = Deadline::after(10s);
    while (kill(pid, 0) == 0 && !give_up.expired()) std::this_thread::sleep_for(5ms);
  }
  [[nodiscard]] std::string url() const { return variable("MONGO_URL"); }

 private:
  [[nodiscard]] std::string folder() const { return (folder_.path() / "servers").string(); }
  [[nodiscard]] std::string command_of(const std::string& action, const std::string& server) const {
    return std::string("'") + POLYSTORE_TEST_SERVERS_SH + "' " + action + " '" + folder() + "' " +
           server + " >/dev/null 2>&1";
  }
  void run(const std::string& action, const std::string& server) const {
    const std::string command = command_of(action, server);
    INFO(command);
    REQUIRE(std::system(command.c_str()) == 0);
  }
  // From a line "export POLYSTORE_TEST_<name>='value'".
  [[nodiscard]] std::string variable(const std::string& name) const {
    std::ifstream file(folder() + "/env");
    const std::string begin = "export POLYSTORE_TEST_" + name + "='";
    for (std::string line; std::getline(file, line);) {
      if (line.starts_with(begin)) {
        return line.substr(begin.size(), line.size() - begin.size() - 1);
      }
    }
    FAIL("servers.sh wrote no " << name);
    return {};
  }

  test::TemporaryFolder folder_;
};

}  // namespace

TEST_CASE(
    "fault 17: with MongoDB down from the start every put succeeds, and is handed over later") {
  const test::ScratchPostgres postgres;
  const OwnMongod mongod;
  mongod.kill_it();
  auto store = ContentStore::open({.metadata = postgres.url(), .outputs = mongod.url()});
  store.ensure_user(1, "Ada");
  std::vector<Draft> drafts;
  for (int i = 0; i < 3; ++i) {
    drafts.push_back(draft_titled("down " + std::to_string(i)));
    test::check_ends_within(2s, [&] { store.put(drafts.back(), Deadline::after(2s)); });
    CHECK(has(store, drafts.back()));
  }
  CHECK(store.maintenance().outbox_status().pending == 3);
  CHECK(store.maintenance().relay().applied == 0);

  mongod.start();
  test::drain_outbox(store);
  for (const Draft& draft : drafts) CHECK(has(store, draft));
  drafts.push_back(draft_titled("up"));
  store.put(drafts.back());
  CHECK(store.maintenance().outbox_status().pending == 0);
  CHECK(has(store, drafts.back()));
}
