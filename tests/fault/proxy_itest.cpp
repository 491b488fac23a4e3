// The fault proxy itself: each fault does what it says, and nothing else.
#include "support/fault_proxy.hpp"
#include "support/faults.hpp"
#include "support/patience.hpp"
#include "support/scripted_peer.hpp"
#include "support/server_stores.hpp"
#include "support/tcp.hpp"

#include <catch2/catch_test_macros.hpp>
#include <libpq-fe.h>

#include <sys/time.h>

#include <cerrno>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

using namespace polystore;
using namespace polystore::test;
using namespace std::chrono_literals;

namespace {

std::string url_of(std::uint16_t port) {
  return "test://user:p%40ss@127.0.0.1:" + std::to_string(port) + "/name?option=a:b@c";
}

void echo(ScriptedPeer::Session& session) {
  for (std::string bytes = session.receive(); !bytes.empty(); bytes = session.receive()) {
    session.send(bytes);
  }
}

// What a receive ended with: bytes, 0 for the end of the stream, -errno.
class Client {
 public:
  explicit Client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    connected = ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    allow(5s);
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() { close_socket(socket_, false); }

  void allow(std::chrono::milliseconds wait) const {
    const timeval span{.tv_sec = wait / 1s, .tv_usec = (wait % 1s) / 1us};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &span, sizeof span);
  }
  void send(std::string_view bytes) const {
    CHECK(::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
          static_cast<ssize_t>(bytes.size()));
  }
  void finish() const { ::shutdown(socket_, SHUT_WR); }
  /// Until `size` bytes are there, or an end; `end` says which: 0 or -errno.
  std::string receive(std::size_t size) {
    std::string bytes;
    while (bytes.size() < size) {
      std::array<char, 4096> buffer{};
      const auto count =
          ::recv(socket_, buffer.data(), std::min(buffer.size(), size - bytes.size()), 0);
      if (count <= 0) {
        end = count == 0 ? 0 : -errno;
        return bytes;
      }
      ++reads;
      bytes.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return bytes;
  }

  bool connected = false;
  int end = 1;
  int reads = 0;

 private:
  int socket_;
};

struct Echo {
  ScriptedPeer peer{echo};
  FaultProxy proxy{url_of(peer.port())};
  Client client{proxy.port()};

  bool answers(const std::string& text) {
    client.send(text);
    return client.receive(text.size()) == text;
  }
};

}  // namespace

TEST_CASE("fault proxy: without a fault it changes nothing, ends included") {
  Echo f;
  CHECK(f.proxy.url() ==
        "test://user:p%40ss@127.0.0.1:" + std::to_string(f.proxy.port()) + "/name?option=a:b@c");
  std::string large;
  for (int i = 0; i < 200'000; ++i) large += std::to_string(i);
  std::jthread sender([&] { f.client.send(large); });
  CHECK(f.client.receive(large.size()) == large);
  sender.join();
  f.client.finish();
  CHECK(f.client.receive(1).empty());
  CHECK(f.client.end == 0);
  CHECK(f.proxy.connections() == 1);
}

TEST_CASE("fault proxy: refused connections come again after healing, and open ones go on") {
  Echo f;
  REQUIRE(f.answers("before"));
  f.proxy.refuse(true);
  CHECK_FALSE(Client(f.proxy.port()).connected);
  CHECK(errno == ECONNREFUSED);
  CHECK(f.answers("meanwhile"));
  f.proxy.heal();
  CHECK(Client(f.proxy.port()).connected);
}

TEST_CASE("fault proxy: a server that is not there resets the client") {
  const DeadPort closed(DeadPort::Kind::closed);
  const FaultProxy proxy(url_of(closed.port()));
  Client client(proxy.port());
  CHECK(client.receive(1).empty());
  CHECK(client.end == -ECONNRESET);
}

TEST_CASE("fault proxy: black-holed replies never come, requests still do") {
  Echo f;
  const auto seen = f.proxy.arm({.seen_in = Flow::reply, .bytes = "lost"});
  f.proxy.set(Flow::reply, Fault::black_hole());
  f.client.send("lost");
  CHECK(f.proxy.await_passed(1, Deadline::after(5s), seen));
  f.client.allow(50ms);
  CHECK(f.client.receive(1).empty());
  CHECK(f.client.end == -EAGAIN);
  f.proxy.heal();
  f.client.allow(5s);
  CHECK(f.client.receive(1).empty());
  CHECK(f.client.end == -ECONNRESET);
}

TEST_CASE("fault proxy: black-holed requests take the end of the sender with them") {
  std::atomic<bool> ended{false};
  ScriptedPeer peer([&](ScriptedPeer::Session& session) {
    session.send(session.receive());
    ended = session.receive().empty();
  });
  FaultProxy proxy(url_of(peer.port()));
  {
    Client client(proxy.port());
    client.send("before");
    CHECK(client.receive(6) == "before");
    proxy.set(Flow::request, Fault::black_hole());
    client.send("lost");
    client.allow(50ms);
    CHECK(client.receive(1).empty());
  }
  std::this_thread::sleep_for(50ms);
  CHECK_FALSE(ended);
}

TEST_CASE("fault proxy: delayed bytes come whole and late") {
  Echo f;
  f.proxy.set(Flow::reply, Fault::delay(80ms));
  const auto start = Deadline::Clock::now();
  CHECK(f.answers("late"));
  CHECK(Deadline::Clock::now() - start >= 80ms);
  f.proxy.heal();
  CHECK(f.answers("again"));
}

TEST_CASE("fault proxy: a trickle comes one byte at a time") {
  Echo f;
  f.proxy.set(Flow::reply, Fault::trickle(1ms));
  CHECK(f.answers(std::string(40, 'x')));
  CHECK(f.client.reads > 20);
}

TEST_CASE("fault proxy: a cut comes after its number of bytes") {
  Echo f;
  REQUIRE(f.answers("whole"));
  f.proxy.set(Flow::reply, Fault::cut_after(7));
  f.client.send("12345");
  CHECK(f.client.receive(5) == "12345");
  f.client.send("67890");
  CHECK(f.client.receive(5) == "67");
  CHECK(f.client.end == 0);
}

TEST_CASE("fault proxy: each end can be reset, the other one sees an orderly close") {
  for (const Ends ends : {Ends::client, Ends::server, Ends::both}) {
    std::atomic<int> server_end{1};
    ScriptedPeer peer([&](ScriptedPeer::Session& session) {
      session.send(session.receive());
      errno = 0;
      if (session.receive().empty()) server_end = -errno;
    });
    FaultProxy proxy(url_of(peer.port()));
    Client client(proxy.port());
    client.send("x");
    REQUIRE(client.receive(1) == "x");
    proxy.reset_open(ends);
    CHECK(client.receive(1).empty());
    CHECK(client.end == (ends == Ends::server ? 0 : -ECONNRESET));
    const auto patience = Deadline::after(5s);
    while (server_end == 1 && !patience.expired()) std::this_thread::sleep_for(1ms);
    CHECK(server_end == (ends == Ends::client ? 0 : -ECONNRESET));
  }
}

TEST_CASE("fault proxy: a trigger strikes where its bytes begin, also across two reads") {
  Echo f;
  f.proxy.arm({.seen_in = Flow::request,
               .bytes = "COMMIT",
               .flow = Flow::request,
               .fault = Fault::black_hole()});
  REQUIRE(f.answers("BEGIN"));
  f.client.send("INSERT COMMIT");
  f.client.allow(100ms);
  CHECK(f.client.receive(20) == "INSERT ");
  CHECK(f.proxy.passed() == 1);

  Echo g;
  g.proxy.arm(
      {.seen_in = Flow::request, .bytes = "COMMIT", .flow = Flow::reply, .fault = Fault::reset()});
  REQUIRE(g.answers("COM"));
  CHECK(g.proxy.passed() == 0);
  g.client.send("MIT");
  CHECK(g.client.receive(1).empty());
  CHECK(g.client.end == -ECONNRESET);
  CHECK(g.proxy.passed() == 1);
}

TEST_CASE("fault proxy: a trigger counts on after it has struck, and rewrites") {
  Echo f;
  f.proxy.arm({.seen_in = Flow::request,
               .bytes = "COMMIT",
               .flow = Flow::request,
               .fault = Fault::rewrite("ABORT ")});
  f.client.send("<COMMIT>");
  CHECK(f.client.receive(8) == "<ABORT >");
  CHECK(f.answers("<COMMIT> and COMMIT"));
  CHECK(f.proxy.passed() == 3);
  CHECK_THROWS(f.proxy.arm({.bytes = "COMMIT", .fault = Fault::rewrite("short")}));
}

// For each of ten connections, one after the other: how much of an exchange came through.
std::vector<std::size_t> lengths_under(std::uint64_t seed, const std::string& server) {
  FaultProxy proxy(server);
  proxy.randomise({.seed = seed, .probability = 0.3, .longest_delay = 2ms});
  std::vector<std::size_t> lengths;
  for (int c = 0; c < 10; ++c) {
    const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(proxy.url().c_str()),
                                                                  &PQfinish);
    std::size_t good = 0;
    for (; good < 10 && PQstatus(connection.get()) == CONNECTION_OK; ++good) {
      PQclear(PQexec(connection.get(), "SELECT repeat('x', 100)"));
    }
    lengths.push_back(good);
  }
  return lengths;
}

TEST_CASE("fault proxy: random faults strike, and again in the same way with the same seed") {
  const ScratchPostgres postgres;
  std::string without_tls = postgres.url() + "?sslmode=disable&gssencmode=disable";
  const auto first = lengths_under(1, without_tls);
  CHECK(first == lengths_under(1, without_tls));
  CHECK(first != lengths_under(2, without_tls));
}

TEST_CASE("fault proxy: it leaves no thread and no descriptor behind") {
  const auto count = [](const char* folder) {
    return std::distance(std::filesystem::directory_iterator(folder), {});
  };
  const DeadPort peer(DeadPort::Kind::silent);
  const auto threads = count("/proc/self/task");
  const auto descriptors = count("/proc/self/fd");
  {
    FaultProxy proxy(url_of(peer.port()));
    proxy.set(Flow::request, Fault::black_hole());
    Client client(proxy.port());
    client.send("x");
    proxy.set(Flow::reply, Fault::delay(10s));
  }
  // A thread that was joined is listed for a moment more.
  CHECK(test::becomes_true([&] { return count("/proc/self/task") == threads; }));
  CHECK(count("/proc/self/fd") == descriptors);
}
