#include "wrappers/redis/lane.hpp"

#include "polystore/error.hpp"

#include <algorithm>
#include <string_view>
#include <thread>
#include <utility>

namespace polystore::redis {
namespace {

using Clock = Deadline::Clock;

// For so long an answer waits for the others that were asked with it, so that all are woken at
// once.
constexpr std::chrono::milliseconds company{1};
// A server that answered within the first is looked out for during the second before its answer is
// waited for: a processor that is not put to rest answers sooner and need not be woken. Whoever
// else can run does so meanwhile.
constexpr std::chrono::microseconds swift_answer{500};
constexpr std::chrono::microseconds look_out_span{50};
// A connection that was heard of within this time is believed to be there.
constexpr std::chrono::milliseconds surely_there{1};

Error too_many_replies() {
  return Error({.code = ErrorCode::data_loss,
                .backend = Backend::redis,
                .operation = "read a reply",
                .message = "more replies came than commands were sent"});
}

}  // namespace

void Lane::check(std::chrono::milliseconds hung) {
  if (!wire_ || !added_.empty()) return;
  const auto stays = [](auto& entry) { return entry.call->state() != Call::State::left; };
  if (std::ranges::any_of(under_way_, stays)) return;
  const auto quiet = Clock::now() - quiet_since_;
  if (!retired() && quiet < (idle() ? Clock::duration(surely_there) : Clock::duration(hung)))
    return;
  const bool heard = wire_->wait(false, Deadline::immediate()).to_receive;
  if (retired() || heard == idle()) drop();
}

void Lane::connect(const ConnectOptions& options, Deadline deadline) {
  wire_ = Wire::connect(options, deadline);
  quiet_since_ = Clock::now();
}

void Lane::add(const CallRef& call) { added_.push_back(call); }

// Puts the calls that were added, and not left since, into the stream.
void Lane::load() {
  if (under_way_.empty() && !added_.empty()) quiet_since_ = Clock::now();
  for (auto& call : added_) {
    // In this order: one that leaves in between then says that it may have been sent.
    call->sent = true;
    if (call->state() == Call::State::left) continue;
    const std::size_t begin = sent_bytes_ + unsent_.size() - unsent_begin_;
    unsent_ += call->bytes;
    under_way_.push_back({std::move(call), begin});
  }
  added_.clear();
}

void Lane::step(Deadline deadline) {
  load();
  send();
  bool came = look_out();
  if (!came) {
    const auto ready =
        wire_->wait(!unsent_.empty(), answered_.empty() ? deadline : deadline.within(company));
    if (ready.to_send) send();
    came = ready.to_receive;
    if (came) (void)receive();
  }
  if (idle() || !came) finish_answered();
  if (idle() && retired()) drop();
}

// True if something came.
bool Lane::receive() {
  const bool lone = under_way_.size() == 1;  // then quiet_since_ is when it was asked
  bool came = false;
  while (!idle() && wire_->receive(received_)) {
    distribute();
    came = true;
  }
  if (came) {
    const auto asked_at = std::exchange(quiet_since_, Clock::now());
    swift_ = lone && quiet_since_ - asked_at < swift_answer;
  }
  return came;
}

// True if something came while it was looked for.
bool Lane::look_out() {
  if (!swift_ || under_way_.size() != 1 || !unsent_.empty()) return false;
  const auto end = Clock::now() + look_out_span;
  do {
    std::this_thread::yield();
    if (receive()) return true;
  } while (Clock::now() < end);
  return false;
}

void Lane::send() {
  if (unsent_.empty()) return;
  const std::size_t sent = wire_->send(std::string_view(unsent_).substr(unsent_begin_));
  sent_bytes_ += sent;
  unsent_begin_ += sent;
  if (unsent_begin_ < unsent_.size()) return;
  unsent_.clear();
  unsent_begin_ = 0;
}

void Lane::distribute() {
  for (auto& reply : received_) {
    if (idle()) throw too_many_replies();
    retired_ = retired_ || reply.ends_connection();
    Call& call = *under_way_.front().call;
    call.replies.push_back(std::move(reply));
    if (call.replies.size() < call.replies_due) continue;
    answered_.push_back(std::move(under_way_.front().call));
    under_way_.pop_front();
  }
  received_.clear();
}

void Lane::finish_answered() noexcept {
  Call::finish(answered_);
  answered_.clear();
}

std::vector<CallRef> Lane::give_up(const Error& error) {
  ErrorInfo info = error.info();
  info.outcome = Outcome::unknown;
  const Error in_doubt(std::move(info));
  finish_answered();
  std::vector<CallRef> sent;
  std::vector<CallRef> not_sent;
  for (const auto& [call, begin] : under_way_) {
    (begin < sent_bytes_ ? sent : not_sent).push_back(call);
  }
  Call::finish(sent, in_doubt);
  not_sent.insert(not_sent.end(), added_.begin(), added_.end());
  drop();
  return not_sent;
}

void Lane::abandon(const Error& error) noexcept {
  finish_answered();
  for (auto& entry : under_way_) Call::finish({&entry.call, 1}, error);
  Call::finish(added_, error);
  drop();
}

void Lane::drop() noexcept {
  wire_.reset();
  under_way_.clear();
  added_.clear();
  unsent_.clear();
  received_.clear();
  unsent_begin_ = sent_bytes_ = 0;
  retired_ = swift_ = false;
}

bool Lane::grant_to_waiting() {
  return std::ranges::any_of(under_way_, [&](auto& entry) { return entry.call->grant(*this); }) ||
         std::ranges::any_of(added_, [&](auto& call) { return call->grant(*this); });
}

}  // namespace polystore::redis
