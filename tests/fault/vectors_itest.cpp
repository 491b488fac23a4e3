// Redis and writers that are killed while vectors are written: what was acknowledged is found, what
// was erased is not, in every process.
#include "polystore/polystore.hpp"

#include "fault/vector_steps.hpp"
#include "support/own_server.hpp"
#include "support/patience.hpp"
#include "support/server_stores.hpp"
#include "support/temporary_folder.hpp"

#include <catch2/catch_test_macros.hpp>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

using namespace polystore;
using namespace polystore::test;
using namespace std::chrono_literals;

namespace {

ContentStore open_store(const TemporaryFolder& folder, const std::string& redis_url) {
  return ContentStore::open({.metadata = folder.sqlite_url(),
                             .responses = "memory:",
                             .vectors = redis_url,
                             .deadline = 20s});
}

// What is known of each vector: there, or erased. Those of calls without an answer are not in it.
using Known = std::map<std::string, bool>;

std::set<std::string> found_in(Vectors& vectors, const std::string& writer) {
  std::set<std::string> ids;
  for (const auto& found : vectors.nearest(std::vector<float>{1, 2, 3}, 1000,
                                           {.tenant = writers_tenant, .tags = {writer}})) {
    ids.insert(found.id);
  }
  return ids;
}

bool agree(Vectors& vectors, const std::string& writer, const Known& known) {
  const auto found = found_in(vectors, writer);
  for (const auto& [id, there] : known) {
    if (found.contains(id) != there) return false;
  }
  return true;
}

void check_durable(Vectors& vectors, const Known& known) {
  for (const auto& [id, there] : known) {
    INFO(id);
    CHECK(vectors.get({.tenant = writers_tenant, .id = id}).has_value() == there);
  }
}

// Takes steps until it is told to end, over failures.
void take_steps(Vectors& vectors, const std::string& writer, const std::atomic<bool>& done,
                Known& known, std::atomic<int>& steps) {
  for (int step = 0; !done && step < most_steps; ++step) {
    const std::string id = step_name(writer, step).id;
    try {
      vectors.put(step_vector(writer, step), Deadline::after(500ms));
      known[id] = true;
      ++steps;
      if (!step_erases(step)) continue;
      const auto erased = step_name(writer, step - 2);
      known.erase(erased.id);
      (void)vectors.erase(erased, Deadline::after(500ms));
      known[erased.id] = false;
    } catch (const Error& error) {
      if (!error.retryable()) throw;
      std::this_thread::sleep_for(5ms);
    }
  }
}

// A vector_writer, and what it has said.
class Writer {
 public:
  Writer(const std::string& redis_url, const TemporaryFolder& folder, std::string name)
      : name_(std::move(name)) {
    std::array<int, 2> ends{};
    REQUIRE(pipe(ends.data()) == 0);
    const std::string path = folder.path().string();
    pid_ = fork();
    if (pid_ == 0) {
      dup2(ends[1], STDOUT_FILENO);
      execl(POLYSTORE_TEST_VECTOR_WRITER, "writer", redis_url.c_str(), path.c_str(), name_.c_str(),
            nullptr);
      _exit(3);
    }
    close(ends[1]);
    said_ = fdopen(ends[0], "r");
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer() {
    kill_it();
    (void)fclose(said_);
  }

  void read_until(int step) {
    while (last_ < step && read_line()) continue;
    REQUIRE(last_ >= step);
  }
  // Everything that it had said.
  const Known& kill_it() {
    if (pid_ <= 0) return known_;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
    while (read_line()) continue;
    // The erase under way may have taken effect.
    if (step_erases(last_) && !erased_last_) known_.erase(step_name(name_, last_ - 2).id);
    return known_;
  }

 private:
  bool read_line() {
    char what = 0;
    int step = 0;
    if (fscanf(said_, " %c %d", &what, &step) != 2) return false;
    known_[step_name(name_, step).id] = what == 'p';
    erased_last_ = what == 'e';
    if (what == 'p') last_ = step;
    return true;
  }

  const std::string name_;
  pid_t pid_ = 0;
  std::FILE* said_ = nullptr;
  Known known_;
  int last_ = -1;
  bool erased_last_ = false;
};

}  // namespace

TEST_CASE("Redis is killed and comes back while vectors are written: none is lost or comes back") {
  const OwnServer redis(OwnServer::Kind::durable_redis);
  const TemporaryFolder folder;
  auto store = open_store(folder, redis.url());
  auto reader = open_store(folder, redis.url());
  reader.vectors().load();
  std::atomic<bool> done{false};
  std::atomic<int> steps{0};
  std::array<Known, 2> known;
  {
    std::vector<std::jthread> writers;
    for (std::size_t i = 0; i < known.size(); ++i) {
      writers.emplace_back([&, i] {
        take_steps(store.vectors(), "w" + std::to_string(i), done, known.at(i), steps);
      });
    }
    CHECK(becomes_true([&] { return steps > 100; }));
    redis.crash();
    std::this_thread::sleep_for(50ms);
    redis.restart();
    const int before = steps;
    CHECK(becomes_true([&] { return steps > before + 100; }));
    done = true;
  }
  auto fresh = open_store(folder, redis.url());
  for (std::size_t i = 0; i < known.size(); ++i) {
    const std::string writer = "w" + std::to_string(i);
    check_durable(store.vectors(), known.at(i));
    for (ContentStore* each : {&store, &reader, &fresh}) {
      CHECK(becomes_true([&] { return agree(each->vectors(), writer, known.at(i)); }));
    }
  }
}

TEST_CASE("a Redis that forgot everything is followed, and filled anew") {
  const OwnServer redis(OwnServer::Kind::durable_redis);
  const TemporaryFolder folder;
  auto store = open_store(folder, redis.url());
  for (int step = 0; step < 4; ++step) store.vectors().put(step_vector("w", step));
  CHECK(found_in(store.vectors(), "w").size() == 4);
  const std::string port = redis.url().substr(redis.url().rfind(':') + 1);
  REQUIRE(std::system(("redis-cli -p " + port + " flushall >/dev/null").c_str()) == 0);
  CHECK(becomes_true([&] { return found_in(store.vectors(), "w").empty(); }));
  store.vectors().put(step_vector("w", 5));
  CHECK(found_in(store.vectors(), "w").size() == 1);
}

TEST_CASE("a writer is killed: what it had acknowledged is there, in every process") {
  const ScratchRedis redis;
  const TemporaryFolder folder;
  auto store = open_store(folder, redis.url());
  store.vectors().load();
  for (int round = 0; round < 3; ++round) {
    const std::string name = "killed" + std::to_string(round);
    Writer writer(redis.url(), folder, name);
    writer.read_until(30 + 7 * round);
    const Known known = writer.kill_it();
    check_durable(store.vectors(), known);
    CHECK(becomes_true([&] { return agree(store.vectors(), name, known); }));
    auto fresh = open_store(folder, redis.url());
    CHECK(agree(fresh.vectors(), name, known));
    CHECK(found_in(fresh.vectors(), name) == found_in(store.vectors(), name));
  }
}

TEST_CASE("two processes see each other's vectors while both write") {
  const ScratchRedis redis;
  const TemporaryFolder folder;
  auto store = open_store(folder, redis.url());
  Writer writer(redis.url(), folder, "other");
  writer.read_until(0);
  for (int step = 0; step < 20; ++step) store.vectors().put(step_vector("own", step));
  CHECK(becomes_true([&] { return found_in(store.vectors(), "other").contains("other/0"); }));
  writer.read_until(60);
  CHECK(becomes_true([&] {
    const auto found = found_in(store.vectors(), "other");
    return found.contains("other/60") && !found.contains("other/2");
  }));
  CHECK(found_in(store.vectors(), "own").size() == 20);
}
