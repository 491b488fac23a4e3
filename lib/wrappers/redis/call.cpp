#include "wrappers/redis/call.hpp"

#include <algorithm>

namespace polystore::redis {

bool Call::grant(Lane& granted) noexcept {
  // None but the Combiner's mutex's holder grants: it may still leave, or be done.
  if (state() != State::waiting) return false;
  granted_ = &granted;
  if (!change(State::waiting, State::driving)) return false;
  (is_first_ ? gathering_->first : gathering_->others).ring();
  return true;
}

Call::State Call::wait(Deadline end) noexcept {
  Bell& bell = is_first_ ? gathering_->first : gathering_->others;
  for (;;) {
    const auto heard = bell.strokes();
    const State now = state();
    if (now != State::waiting || end.expired()) return now;
    bell.wait(heard, end);
  }
}

void Call::finish(std::span<const CallRef> calls, const std::optional<Error>& failure) noexcept {
  while (!calls.empty()) {
    Gathering& gathering = *calls.front()->gathering_;
    const auto end = std::ranges::find_if(
        calls, [&](const auto& call) { return call->gathering_.get() != &gathering; });
    const auto together = calls.first(static_cast<std::size_t>(end - calls.begin()));
    bool rings_first = false;
    bool rings_others = false;
    for (const auto& call : together) {
      call->failure_ = failure;
      if (call->change(State::waiting, State::done)) {
        (call->is_first_ ? rings_first : rings_others) = true;
      } else {
        (void)call->change(State::driving, State::done);
      }
    }
    if (rings_others) gathering.others.ring();
    if (rings_first) gathering.first.ring();
    calls = calls.subspan(together.size());
  }
}

}  // namespace polystore::redis
