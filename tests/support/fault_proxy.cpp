#include "support/fault_proxy.hpp"

#include "support/tcp.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <random>
#include <utility>

namespace polystore::test {
namespace {

using Kind = Fault::Kind;

constexpr std::size_t index_of(Flow flow) { return flow == Flow::request ? 0 : 1; }
constexpr Flow other(Flow flow) { return flow == Flow::request ? Flow::reply : Flow::request; }

}  // namespace

// A client's connection and the one to the server that it is joined to.
struct FaultProxy::Link {
  struct Half {
    int from = -1;  // shared with the other half's `to`
    FaultStream stream{};
    bool all_read = false;
    bool end_sent = false;
    std::string last{};  // read before: a trigger's bytes may come in two reads
    std::mt19937_64 random{};
  };

  Link(int client, int server, const std::array<Fault, 2>& faults) {
    for (const Flow flow : {Flow::request, Flow::reply}) {
      half(flow).from = flow == Flow::request ? client : server;
      half(flow).stream.set(faults.at(index_of(flow)));
    }
  }
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;
  ~Link() { close(); }

  Half& half(Flow flow) { return halves.at(index_of(flow)); }
  [[nodiscard]] const Half& half(Flow flow) const { return halves.at(index_of(flow)); }
  int& to(Flow flow) { return half(other(flow)).from; }

  void close(std::optional<Ends> reset = std::nullopt) {
    const bool both = reset == Ends::both;
    close_socket(half(Flow::request).from, both || reset == Ends::client);
    close_socket(half(Flow::reply).from, both || reset == Ends::server);
  }
  // The end that sends this flow is gone, without an orderly end.
  void sender_gone(Flow flow) {
    if (!half(flow).stream.swallows()) return close(Ends::both);
    close_socket(half(flow).from, false);  // the other end is not to know
  }
  void seed(std::uint64_t seed) {
    for (const Flow flow : {Flow::request, Flow::reply}) {
      std::seed_seq mixed{seed, seed >> 32, std::uint64_t(number), std::uint64_t(index_of(flow))};
      half(flow).random.seed(mixed);
    }
  }
  [[nodiscard]] bool closed() const {
    return half(Flow::request).from < 0 && half(Flow::reply).from < 0;
  }

  int number = 0;
  std::array<Half, 2> halves{};
};

FaultProxy::FaultProxy(const std::string& url) {
  const HostPort server = HostPort::in(url);
  server_ = server.resolve();
  guard_ = bound_socket(0);
  port_ = port_of(guard_);
  url_ = url;
  url_.replace(server.begin, server.end - server.begin, "127.0.0.1:" + std::to_string(port_));
  wake_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  require_tcp(wake_ >= 0, "no descriptor is left");
  obey();
  thread_ = std::jthread([this] { run(); });
}

FaultProxy::~FaultProxy() {
  {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    wait_until_obeyed(lock);
  }
  thread_.join();
  links_.clear();
  for (int descriptor : {listener_, guard_, wake_}) close_socket(descriptor, false);
}

void FaultProxy::set(Flow flow, const Fault& fault) {
  std::unique_lock lock(mutex_);
  standing_.at(index_of(flow)) = fault;
  for (Link& link : links_) link.half(flow).stream.set(fault);
  wait_until_obeyed(lock);
}

void FaultProxy::refuse(bool refused) {
  std::unique_lock lock(mutex_);
  refused_ = refused;
  wait_until_obeyed(lock);
}

void FaultProxy::reset_open(Ends ends) {
  std::unique_lock lock(mutex_);
  for (Link& link : links_) link.close(ends);
  wait_until_obeyed(lock);
}

void FaultProxy::randomise(const RandomFaults& faults) {
  const std::lock_guard lock(mutex_);
  random_ = faults;
  for (Link& link : links_) link.seed(faults.seed);
}

void FaultProxy::heal() {
  std::unique_lock lock(mutex_);
  standing_.fill({});
  random_.reset();
  refused_ = false;
  for (Armed& armed : armed_) armed.active = false;
  for (Link& link : links_) {
    bool lost = false;
    for (Link::Half& half : link.halves) {
      half.stream.set({});
      lost = lost || half.stream.lost();
    }
    if (lost) link.close(Ends::both);
  }
  wait_until_obeyed(lock);
}

std::size_t FaultProxy::arm(const Trigger& trigger) {
  require_tcp(
      trigger.fault.kind != Kind::rewrite || trigger.fault.text.size() == trigger.bytes.size(),
      "a rewrite is as long as what it replaces");
  const std::lock_guard lock(mutex_);
  armed_.push_back({.trigger = trigger});
  return armed_.size() - 1;
}

int FaultProxy::passed(std::size_t trigger) const {
  const std::lock_guard lock(mutex_);
  return armed_.at(trigger).passed;
}

bool FaultProxy::await_passed(int count, Deadline deadline, std::size_t trigger) {
  std::unique_lock lock(mutex_);
  return changed_.wait_until(lock, deadline.time(),
                             [&] { return armed_.at(trigger).passed >= count; });
}

int FaultProxy::connections() const {
  const std::lock_guard lock(mutex_);
  return connections_;
}

void FaultProxy::wait_until_obeyed(std::unique_lock<std::mutex>& lock) {
  const auto order = ++told_;
  const std::uint64_t one = 1;
  (void)!::write(wake_, &one, sizeof one);
  changed_.wait(lock, [&] { return done_ >= order; });
}

// Descriptors are opened and closed by the one thread that polls them, or under its lock while it
// polls: it looks at each again before it uses it.
void FaultProxy::obey() {
  if (refused_ || stopping_) {
    close_socket(listener_, false);
  } else if (listener_ < 0) {
    listener_ = bound_socket(port_);
    require_tcp(::listen(listener_, 256) == 0, "the port is taken");
  }
  std::uint64_t count = 0;
  (void)!::read(wake_, &count, sizeof count);
  done_ = told_;
  changed_.notify_all();
}

void FaultProxy::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    obey();
    if (stopping_) return;
    auto polled = what_to_poll();
    const int timeout = patience();
    lock.unlock();
    (void)::poll(polled.data(), polled.size(), timeout);
    lock.lock();
    accept_all();
    for (Link& link : links_) serve(link);
    links_.remove_if([](const Link& link) { return link.closed(); });
  }
}

std::vector<pollfd> FaultProxy::what_to_poll() const {
  std::vector<pollfd> polled{{wake_, POLLIN, 0}, {listener_, POLLIN, 0}};
  for (const Link& link : links_) {
    for (const Flow flow : {Flow::request, Flow::reply}) {
      const auto& in = link.half(flow);
      const auto& out = link.half(other(flow));
      const bool reads = !in.all_read && in.stream.has_room();
      const bool writes = !out.stream.next().empty();
      const int events = (reads ? POLLIN : 0) | (writes ? POLLOUT : 0);
      // One without events would still wake us for its hang-up, again and again.
      polled.push_back({events == 0 ? -1 : in.from, static_cast<short>(events), 0});
    }
  }
  return polled;
}

// Until the next byte that is held back is due.
int FaultProxy::patience() const {
  using std::chrono::milliseconds;
  milliseconds shortest{1000};
  for (const Link& link : links_) {
    for (const auto& half : link.halves) {
      const auto due = half.stream.due();
      if (!due) continue;
      const auto left = std::chrono::ceil<milliseconds>(*due - FaultStream::Clock::now());
      shortest = std::clamp(left, milliseconds(0), shortest);
    }
  }
  return static_cast<int>(shortest.count());
}

void FaultProxy::accept_all() {
  for (;;) {
    int client =
        listener_ < 0 ? -1 : ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (client < 0) return;
    const int number = connections_++;
    const int server = new_socket();
    const int on = 1;
    for (const int end : {client, server}) {
      ::setsockopt(end, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    const auto* address = reinterpret_cast<const sockaddr*>(server_.data());
    // What goes wrong here shows when it is first read from.
    (void)::connect(server, address, static_cast<socklen_t>(server_.size()));
    links_.emplace_back(client, server, standing_).number = number;
    if (random_) links_.back().seed(random_->seed);
  }
}

void FaultProxy::serve(Link& link) {
  for (const Flow flow : {Flow::request, Flow::reply}) {
    read(link, flow);
    write(link, flow);
  }
  const auto done = [&](Flow flow) { return link.half(flow).end_sent; };
  if (done(Flow::request) && done(Flow::reply)) link.close();
}

void FaultProxy::read(Link& link, Flow flow) {
  Link::Half& half = link.half(flow);
  std::array<char, 65536> buffer{};
  while (half.from >= 0 && !half.all_read && half.stream.has_room()) {
    const ssize_t size = ::recv(half.from, buffer.data(), buffer.size(), 0);
    if (size > 0) {
      take(link, flow, {buffer.data(), static_cast<std::size_t>(size)});
    } else if (size == 0) {
      half.all_read = true;
      half.stream.end();
    } else if (errno == EAGAIN || errno == ENOTCONN) {
      return;
    } else if (errno != EINTR) {
      return link.sender_gone(flow);
    }
  }
}

void FaultProxy::write(Link& link, Flow flow) {
  Link::Half& half = link.half(flow);
  int& to = link.to(flow);
  if (to < 0) return;
  // One byte at a time gives the other connections their turn in between.
  if (const auto bytes = half.stream.next(); !bytes.empty()) {
    const ssize_t size = ::send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (size > 0) {
      half.stream.sent(static_cast<std::size_t>(size));
    } else if (errno != EAGAIN && errno != EINTR) {
      return link.sender_gone(other(flow));
    }
  }
  if (half.stream.cut()) return link.close();
  if (half.stream.ended() && !std::exchange(half.end_sent, true)) ::shutdown(to, SHUT_WR);
}

// Looks for what triggers wait for, also where it began in the last read.
void FaultProxy::take(Link& link, Flow flow, std::string_view bytes) {
  Link::Half& half = link.half(flow);
  const std::size_t before = half.last.size();
  std::string all = half.last + std::string(bytes);
  std::size_t passed_on = before;
  std::size_t longest = 1;
  for (Armed& armed : armed_) {
    const Trigger& trigger = armed.trigger;
    if (!armed.active || trigger.seen_in != flow) continue;
    longest = std::max(longest, trigger.bytes.size());
    for (auto at = all.find(trigger.bytes); at != std::string::npos;
         at = all.find(trigger.bytes, at + 1)) {
      if (at + trigger.bytes.size() <= before) continue;  // it was found then
      // What has passed on can't be rewritten.
      if (trigger.fault.kind == Kind::rewrite && at < before) continue;
      changed_.notify_all();
      if (armed.passed++ >= trigger.times || trigger.fault.kind == Kind::none) continue;
      if (trigger.fault.kind == Kind::rewrite) {
        all.replace(at, trigger.fault.text.size(), trigger.fault.text);
        continue;
      }
      if (trigger.flow == flow && at > passed_on) {
        pass(link, flow, std::string_view(all).substr(passed_on, at - passed_on));
        passed_on = at;
      }
      link.half(trigger.flow).stream.set(trigger.fault);
    }
  }
  half.last = all.substr(all.size() - std::min(all.size(), longest - 1));
  pass(link, flow, std::string_view(all).substr(passed_on));
}

void FaultProxy::pass(Link& link, Flow flow, std::string_view bytes) {
  Link::Half& half = link.half(flow);
  const auto once = roll(link, flow);
  const Fault& fault = once ? *once : half.stream.fault();
  if (fault.kind == Kind::reset && !half.stream.swallows()) return link.close(fault.ends);
  if (once && fault.kind == Kind::black_hole) half.stream.set(fault);
  half.stream.take(bytes, once);
}

std::optional<Fault> FaultProxy::roll(Link& link, Flow flow) const {
  if (!random_ || random_->kinds.empty()) return std::nullopt;
  auto& engine = link.half(flow).random;
  const bool strikes = std::uniform_real_distribution<>(0, 1)(engine) < random_->probability;
  const auto kind = engine() % random_->kinds.size();
  const auto span = std::chrono::milliseconds(
      engine() % static_cast<std::uint64_t>(random_->longest_delay.count() + 1));
  const auto bytes = static_cast<std::size_t>(engine() % 100);
  if (!strikes) return std::nullopt;
  Fault fault{.kind = random_->kinds[kind], .bytes = bytes};
  if (fault.kind == Kind::delay) fault.span = span;
  return fault;
}

}  // namespace polystore::test
