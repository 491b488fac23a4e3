#include "polystore/redis/sentinels.hpp"

#include "redis_peer.hpp"
#include "support/errors.hpp"
#include "support/faults.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <atomic>
#include <string>
#include <vector>

using namespace polystore;
using namespace polystore::test;
using namespace std::chrono_literals;
using redis::Sentinels;

namespace {

std::string bulk(const std::string& text) {
  return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
}

// A sentinel that says what a test wants.
class FakeSentinel {
 public:
  FakeSentinel(int port, int epoch) : port_(port), epoch_(epoch) {}

  void say(int port, int epoch) {
    port_ = port;
    epoch_ = epoch;
  }
  [[nodiscard]] redis::Endpoint endpoint() const { return {"127.0.0.1", peer_.port()}; }

 private:
  void serve(ScriptedPeer::Session& session) const {
    std::string bytes;
    for (std::size_t commands = 0; commands < 2;) {
      const auto more = session.receive();
      if (more.empty()) return;
      bytes += more;
      commands += take_commands(bytes).size();
    }
    session.send("*2\r\n" + bulk("10.0.0.1") + bulk(std::to_string(port_)) + "*4\r\n" +
                 bulk("name") + bulk("m") + bulk("config-epoch") + bulk(std::to_string(epoch_)));
    (void)session.receive();
  }

  std::atomic<int> port_;
  std::atomic<int> epoch_;
  ScriptedPeer peer_{[this](ScriptedPeer::Session& session) { serve(session); }, 16};
};

Deadline soon() { return Deadline::after(20s); }

}  // namespace

TEST_CASE("of several sentinels the one with the newest configuration is believed") {
  const FakeSentinel old(1, 3);
  const FakeSentinel current(2, 10);
  std::vector<redis::Endpoint> endpoints{old.endpoint(), current.endpoint()};
  for (int order = 0; order < 2; ++order) {
    Sentinels sentinels({.endpoints = endpoints, .master = "m"});
    CHECK(sentinels.generation() == 0);
    CHECK(sentinels.find_master(soon()).endpoint == redis::Endpoint{"10.0.0.1", 2});
    std::ranges::reverse(endpoints);
  }
}

TEST_CASE("another master begins another generation, an outdated answer does not") {
  FakeSentinel sentinel(1, 7);
  Sentinels sentinels({.endpoints = {sentinel.endpoint()}, .master = "m"});
  CHECK(sentinels.find_master(soon()).generation == 1);
  CHECK(sentinels.find_master(soon()).generation == 1);
  sentinel.say(2, 8);
  CHECK(sentinels.find_master(soon()).generation == 2);
  sentinel.say(1, 7);
  const auto master = sentinels.find_master(soon());
  CHECK(master.endpoint.port == 2);
  CHECK(master.generation == 2);
  CHECK(sentinels.generation() == 2);
}

TEST_CASE("sentinels that hang or are gone cost their share of the time alone") {
  const DeadPort silent(DeadPort::Kind::silent);
  const DeadPort closed(DeadPort::Kind::closed);
  const FakeSentinel sentinel(1, 7);
  Sentinels sentinels({.endpoints = {{"127.0.0.1", silent.port()},
                                     {"127.0.0.1", closed.port()},
                                     sentinel.endpoint()},
                       .master = "m"});
  check_ends_within(
      300ms, [&] { CHECK(sentinels.find_master(Deadline::after(300ms)).endpoint.port == 1); });
  // Now it is known who answers.
  check_ends_within(0ms,
                    [&] { CHECK(sentinels.find_master(Deadline::after(20s)).endpoint.port == 1); });
}

TEST_CASE("what is no sentinel is told, and so are names that are missing") {
  const ScriptedPeer peer([](ScriptedPeer::Session& session) {
    (void)session.receive();
    session.send("-ERR unknown command `SENTINEL`\r\n-ERR unknown command `SENTINEL`\r\n");
    (void)session.receive();
  });
  Sentinels sentinels({.endpoints = {{"127.0.0.1", peer.port()}}, .master = "m"});
  const Error error = error_of([&] { (void)sentinels.find_master(soon()); });
  CHECK(error.code() == ErrorCode::unsupported);
  CHECK(std::string(error.what()).find("not a sentinel") != std::string::npos);
  check_refused("master", "empty", [&] { Sentinels({.endpoints = {{"h", 1}}}); });
  check_refused("endpoints", "empty", [&] { Sentinels({.master = "m"}); });
}
