#include "read/lease_keeper.hpp"

#include "polystore/content_id.hpp"
#include "polystore/error.hpp"

#include <algorithm>
#include <iterator>
#include <system_error>
#include <utility>

namespace polystore::read {
namespace {

// A call of the thread's own ends by then: one server that hangs must not keep it from the others.
constexpr std::chrono::milliseconds longest_call{200};

}  // namespace

ports::LeaseToken draw_token() { return ContentId::generate().bytes(); }

LeaseKeeper::Hold::Hold(LeaseKeeper& keeper, const Lease& lease) : keeper_(keeper), lease_(lease) {
  keeper_.keep(lease_);
}

LeaseKeeper::Hold::~Hold() { keeper_.drop(lease_, ended_); }

LeaseKeeper::LeaseKeeper(ports::ResponsePort& port, std::chrono::milliseconds ttl)
    : port_(port), ttl_(ttl) {}

LeaseKeeper::~LeaseKeeper() {
  close();
  if (thread_.joinable()) thread_.join();
}

void LeaseKeeper::close() noexcept {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  changed_.notify_all();
}

void LeaseKeeper::keep(const Lease& lease) {
  {
    const std::lock_guard lock(mutex_);
    kept_.push_back({.lease = lease, .due = Deadline::Clock::now() + ttl_ / 3});
    if (closed_) return;
    if (!thread_.joinable()) {
      try {
        thread_ = std::thread([this] { work(); });
      } catch (const std::system_error&) {
        return;  // the lease will run out: another process may make the same answer then
      }
    }
  }
  changed_.notify_all();
}

void LeaseKeeper::drop(const Lease& lease, bool ended) noexcept {
  {
    const std::lock_guard lock(mutex_);
    const auto found = std::ranges::find_if(
        kept_, [&](const Kept& kept) { return kept.lease.token == lease.token; });
    if (found == kept_.end()) return;  // it was lost
    if (ended || closed_) {
      kept_.erase(found);
      return;
    }
    found->over = true;
    found->due = Deadline::Clock::now();
  }
  changed_.notify_all();
}

void LeaseKeeper::work() {
  std::unique_lock lock(mutex_);
  while (!closed_) {
    auto due = take_due(lock);
    if (due.empty()) continue;
    lock.unlock();
    for (Kept& kept : due) tend(kept);
    lock.lock();
  }
}

// Waits until something may be due, and copies what is. A lease that is to be ended leaves the
// list.
std::vector<LeaseKeeper::Kept> LeaseKeeper::take_due(std::unique_lock<std::mutex>& lock) {
  if (kept_.empty()) {
    changed_.wait(lock, [this] { return closed_ || !kept_.empty(); });
  } else {
    const TimePoint due = std::ranges::min_element(kept_, {}, &Kept::due)->due;  // kept_ may grow
    changed_.wait_until(lock, due);
  }
  std::vector<Kept> taken;
  const TimePoint now = Deadline::Clock::now();
  for (Kept& kept : kept_) {
    if (kept.due > now) continue;
    taken.push_back(kept);
    kept.due = now + ttl_ / 3;
  }
  std::erase_if(kept_, [](const Kept& kept) { return kept.over; });
  return taken;
}

void LeaseKeeper::tend(Kept& kept) noexcept {
  const Deadline deadline = Deadline::after(std::min(longest_call, ttl_ / 3));
  try {
    if (kept.over) {
      port_.release(kept.lease.key, kept.lease.token, deadline);
    } else if (!port_.renew(kept.lease.key, kept.lease.token, ttl_, deadline)) {
      drop(kept.lease, true);  // lost: what is made will not be published
    }
  } catch (const Error&) {
    // It is tried again after a third of the ttl; what was to be ended runs out by itself.
  }
}

}  // namespace polystore::read
