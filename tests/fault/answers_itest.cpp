// One answer per request among processes, whatever happens to the one that makes it.
#include "polystore/polystore.hpp"

#include "support/deadline_grace.hpp"
#include "support/errors.hpp"
#include "support/patience.hpp"
#include "support/server_stores.hpp"
#include "support/temporary_folder.hpp"

#include <catch2/catch_test_macros.hpp>

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <exception>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace polystore;
using namespace std::chrono_literals;
using test::becomes_true;

namespace {

constexpr auto lease = 600ms;
constexpr auto longest_call = 20s;

/// What processes of a test do with one store of answers.
class Processes {
 public:
  ~Processes() {
    for (const pid_t child : children_) {
      ::kill(child, SIGKILL);
      ::waitpid(child, nullptr, 0);
    }
  }

  /// Starts one that asks for `prompts` in turn. Each generation is noted, then takes `pause`; a
  /// name that begins with "failing" makes it throw.
  pid_t start(const std::string& name, std::chrono::milliseconds pause,
              const std::vector<std::string>& prompts = {"prompt"}) {
    const pid_t child = fork();
    if (child == 0) _exit(run(name, pause, prompts));
    REQUIRE(child > 0);
    children_.push_back(child);
    return child;
  }

  /// Waits for its end. Its exit status; -1 when a signal ended it.
  int end(pid_t child) {
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    std::erase(children_, child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  [[nodiscard]] std::size_t generations() const { return lines("generations").size(); }
  /// What the one of that name was answered, in order.
  [[nodiscard]] std::vector<std::string> answers(const std::string& name) const {
    return lines(name);
  }

  [[nodiscard]] OpenOptions options() const {
    OpenOptions options = test::options_on(postgres_, mongo_, redis_);
    options.cache.lease = lease;
    options.cache.near_lease = 200ms;
    options.cache.budget = 1s;
    return options;
  }
  [[nodiscard]] const test::ScratchRedis& redis() const { return redis_; }

  static Request request(const std::string& prompt) {
    return {.tenant = Tenant::shared(), .model = "m", .prompt = prompt};
  }

 private:
  // In the child.
  int run(const std::string& name, std::chrono::milliseconds pause,
          const std::vector<std::string>& prompts) const {
    try {
      auto store = ContentStore::open(options());
      for (const std::string& prompt : prompts) {
        const auto generate = [&](Deadline) {
          note("generations", name);
          std::this_thread::sleep_for(pause);
          if (name.starts_with("failing")) throw std::runtime_error("no answer");
          return Response{.text = prompt + " by " + name};
        };
        const auto answer = store.cache().get_or_generate(request(prompt), generate, {},
                                                          Deadline::after(longest_call));
        note(name, answer.response->text);
      }
      return 0;
    } catch (const std::exception&) {
      return 1;
    }
  }

  // One line, in one system call: processes write at once.
  void note(const std::string& file, const std::string& text) const {
    const std::string line = text + "\n";
    const int descriptor =
        ::open((folder_.path() / file).c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (descriptor < 0 || ::write(descriptor, line.data(), line.size()) < 0) _exit(2);
    ::close(descriptor);
  }

  [[nodiscard]] std::vector<std::string> lines(const std::string& file) const {
    std::vector<std::string> found;
    std::ifstream stream(folder_.path() / file);
    for (std::string line; std::getline(stream, line);) found.push_back(line);
    return found;
  }

  test::TemporaryFolder folder_;
  test::ScratchPostgres postgres_;
  test::ScratchMongo mongo_;
  test::ScratchRedis redis_;
  std::vector<pid_t> children_;
};

using Answers = std::vector<std::string>;

}  // namespace

TEST_CASE("four processes generate once for each request") {
  Processes processes;
  std::vector<std::string> prompts;
  for (int i = 0; i < 25; ++i) prompts.push_back("prompt " + std::to_string(i));
  std::vector<pid_t> children;
  for (int i = 0; i < 4; ++i) {
    children.push_back(processes.start("process " + std::to_string(i), 20ms, prompts));
  }
  for (const pid_t child : children) CHECK(processes.end(child) == 0);
  CHECK(processes.generations() == prompts.size());
  const Answers first = processes.answers("process 0");
  CHECK(first.size() == prompts.size());
  for (int i = 1; i < 4; ++i) CHECK(processes.answers("process " + std::to_string(i)) == first);
}

TEST_CASE("fault 36: the process that makes an answer is killed, and another takes over") {
  Processes processes;
  const pid_t leader = processes.start("leader", 1h);
  REQUIRE(becomes_true([&] { return processes.generations() == 1; }));
  const pid_t one = processes.start("one", 50ms);
  const pid_t two = processes.start("two", 50ms);
  std::this_thread::sleep_for(lease / 2);
  ::kill(leader, SIGKILL);
  CHECK(processes.end(leader) == -1);
  CHECK(processes.end(one) == 0);
  CHECK(processes.end(two) == 0);
  CHECK(processes.generations() == 2);
  CHECK(processes.answers("one").size() == 1);
  CHECK(processes.answers("one") == processes.answers("two"));
}

TEST_CASE("fault 36: one that was stopped for longer than its lease overwrites nothing") {
  Processes processes;
  const pid_t leader = processes.start("leader", 300ms);
  REQUIRE(becomes_true([&] { return processes.generations() == 1; }));
  ::kill(leader, SIGSTOP);
  const pid_t other = processes.start("other", 0ms);
  CHECK(processes.end(other) == 0);
  ::kill(leader, SIGCONT);
  CHECK(processes.end(leader) == 0);
  CHECK(processes.generations() == 2);
  CHECK(processes.answers("leader") == Answers{"prompt by leader"});
  const pid_t late = processes.start("late", 0ms);
  CHECK(processes.end(late) == 0);
  CHECK(processes.answers("late") == Answers{"prompt by other"});
  CHECK(processes.generations() == 2);
}

TEST_CASE("fault 36: a generation that fails lets one who waits try") {
  Processes processes;
  const pid_t leader = processes.start("failing leader", 400ms);
  REQUIRE(becomes_true([&] { return processes.generations() == 1; }));
  const pid_t one = processes.start("one", 200ms);
  const pid_t two = processes.start("two", 200ms);
  CHECK(processes.end(leader) == 1);
  CHECK(processes.end(one) == 0);
  CHECK(processes.end(two) == 0);
  CHECK(processes.generations() == 2);
  CHECK(processes.answers("one") == processes.answers("two"));
}

TEST_CASE("fault 36: a response store that loses its memory costs one generation more") {
  Processes processes;
  const pid_t leader = processes.start("leader", 1s);
  REQUIRE(becomes_true([&] { return processes.generations() == 1; }));
  const pid_t one = processes.start("one", 300ms);
  const pid_t two = processes.start("two", 300ms);
  std::this_thread::sleep_for(lease / 2);
  (void)processes.redis().cli("flushdb");
  CHECK(processes.end(leader) == 0);
  CHECK(processes.end(one) == 0);
  CHECK(processes.end(two) == 0);
  CHECK(processes.generations() <= 2);
  CHECK(processes.answers("one") == processes.answers("two"));
}

TEST_CASE("fault 36: a waiter's deadline ends its call, whatever the maker does") {
  Processes processes;
  const pid_t leader = processes.start("leader", 1h);
  REQUIRE(becomes_true([&] { return processes.generations() == 1; }));
  auto store = ContentStore::open(processes.options());
  const Deadline deadline = Deadline::after(300ms);
  const Error error = test::error_of([&] {
    (void)store.cache().get_or_generate(
        Processes::request("prompt"), [](Deadline) { return Response{.text = "mine"}; }, {},
        deadline);
  });
  CHECK(error.code() == ErrorCode::deadline_exceeded);
  CHECK(Deadline::Clock::now() < deadline.time() + test::deadline_grace);
  ::kill(leader, SIGKILL);
}
