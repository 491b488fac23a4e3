#include "adapters/redis/tracker.hpp"

#include "support/backoff.hpp"

#include <exception>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace polystore::adapters::redis {
namespace {

using polystore::redis::Command;
using polystore::redis::Connection;
using polystore::redis::ReplyView;

constexpr std::chrono::milliseconds connect_deadline{1000};
constexpr std::chrono::milliseconds first_pause{20};
constexpr std::chrono::milliseconds longest_pause{1000};

// Where a server sends invalidation messages to clients of RESP2.
constexpr std::string_view channel = "__redis__:invalidate";

// Servers before Redis 6 refuse, and so do those whose user may not say HELLO.
bool switch_to_resp3(Connection& connection, Deadline deadline) {
  if (!polystore::redis::reads_resp3) return false;
  const Command hello{"HELLO", "3"};
  return !connection.pipeline({&hello, 1}, deadline).front().is_error();
}

}  // namespace

Tracker::~Tracker() {
  close();
  if (!thread_.joinable()) return;
  if (stamp_.inherited()) {
    thread_.detach();  // a child does not have it
  } else {
    thread_.join();
  }
}

void Tracker::start(const Keys& keys, ports::ResponseListener& listener) {
  keys_ = keys;
  listener_ = &listener;
  const std::lock_guard lock(mutex_);
  if (closed_ || thread_.joinable()) return;
  try {
    thread_ = std::thread([this] { run(); });
  } catch (const std::system_error&) {
    // Without it copies are never valid, which costs speed alone.
  }
}

void Tracker::close() noexcept {
  if (stamp_.inherited()) return;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    valid_until_ = 0;
    if (connection_) connection_->interrupt();
    if (looks_) looks_->interrupt();
  }
  closing_.notify_all();
}

void Tracker::run() {
  support::Backoff backoff(first_pause, longest_pause);
  do {
    try {
      run_session();
    } catch (const std::exception&) {
      // A server that is away, or refuses to track: copies are not valid meanwhile.
    }
    if (answered_) backoff = {first_pause, longest_pause};
    end_session();
  } while (pause(backoff.next()));
}

void Tracker::run_session() {
  const auto deadline = Deadline::after(connect_deadline);
  const auto node = server_->having(keys_.nothing(), deadline);
  auto made = Connection::connect(node->options, deadline);
  std::unique_ptr<Connection> looks;
  if (!node->options.cluster.empty()) looks = Connection::connect(node->options, deadline);
  Connection& connection = *made;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    connection_ = std::move(made);
    looks_ = std::move(looks);
  }
  subscribe(connection);
  follow(connection);
}

void Tracker::subscribe(Connection& connection) const {
  const auto deadline = Deadline::after(connect_deadline);
  if (switch_to_resp3(connection, deadline)) {
    // What it answers is taken with the messages, which may come before it is read.
    connection.post(
        {"CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", keys_.values(), "PREFIX", keys_.epoch()},
        deadline);
    return;
  }
  const std::string id = std::to_string(connection.command({"CLIENT", "ID"}, deadline).integer());
  (void)connection.command({"CLIENT", "TRACKING", "ON", "REDIRECT", id, "BCAST", "PREFIX",
                            keys_.values(), "PREFIX", keys_.epoch()},
                           deadline);
  connection.post({"SUBSCRIBE", channel}, deadline);
}

void Tracker::follow(Connection& connection) {
  Clock::time_point asked_at{};
  Clock::time_point ask_at = Clock::now();
  bool waiting = false;
  for (;;) {
    const auto now = Clock::now();
    if (!waiting && now >= ask_at) {
      waiting = true;
      asked_at = now;
      ask_at = now + near_lease_ / 4;
      if (looks_) {
        (void)looks_->command({"EXISTS", keys_.nothing()}, Deadline::after(near_lease_));
      }
      connection.post({"PING"}, Deadline::after(near_lease_));
    }
    const auto end = waiting ? asked_at + near_lease_ : ask_at;
    const auto message = connection.next(Deadline::after(end - now));
    if (!message && waiting) return;  // the connection is hung
    server_->look_for_failover(Deadline::after(near_lease_ / 4));
    if (connection.superseded()) return;
    if (!message) continue;
    message->check();
    if (take(*message, asked_at)) waiting = false;
  }
}

// One of: [pong, ""], [subscribe, channel, 1], [message, channel, names or nil]; with RESP3: PONG,
// OK, [invalidate, names or nil]. True if it answers a PING.
bool Tracker::take(const ReplyView& message, Clock::time_point asked_at) {
  const std::string_view kind = message.is_array() ? message.at(0).text() : message.text();
  if (kind == "pong" || kind == "PONG") {
    answered_ = true;
    set_valid_until(asked_at + near_lease_);
    return true;
  }
  if (kind == "subscribe" || kind == "OK") {
    subscribed_ = true;
    // What changed before was not heard of.
    tell([](auto& listener) { listener.all_changed(); });
  } else if (kind == "message") {
    take_changes(message.at(2));
  } else if (kind == "invalidate") {
    take_changes(message.at(1));
  }
  return false;
}

void Tracker::take_changes(const ReplyView& names) {
  if (names.is_nil()) {  // FLUSHALL, FLUSHDB
    tell([](auto& listener) { listener.all_changed(); });
    return;
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string_view name = names.at(i).text();
    if (name == keys_.epoch()) {
      tell([](auto& listener) { listener.epoch_changed(); });
    } else if (const auto key = keys_.entry_of(name)) {
      tell([&](auto& listener) { listener.response_changed(*key); });
    }
  }
}

void Tracker::set_valid_until(Clock::time_point end) {
  const std::lock_guard lock(mutex_);
  if (!closed_) valid_until_.store(end.time_since_epoch().count(), std::memory_order_release);
}

void Tracker::end_session() {
  set_valid_until(Clock::time_point());
  std::unique_ptr<Connection> ended;
  std::unique_ptr<Connection> looks;
  {
    const std::lock_guard lock(mutex_);
    ended = std::move(connection_);
    looks = std::move(looks_);
  }
  if (subscribed_) tell([](auto& listener) { listener.all_changed(); });
  subscribed_ = false;
  answered_ = false;
}

// False when the thread is to end.
bool Tracker::pause(std::chrono::microseconds span) {
  std::unique_lock lock(mutex_);
  return !closing_.wait_for(lock, span, [this] { return closed_; });
}

}  // namespace polystore::adapters::redis
