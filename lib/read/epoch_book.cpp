#include "read/epoch_book.hpp"

#include "support/unexpected.hpp"
#include "values/entry_key.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace polystore::read {
namespace {

// Little enough to be read in the time that a look-up of a response has for the store.
constexpr std::size_t page_scopes = 1024;

// Of a read that goes on without its caller: enough for a new connection.
constexpr std::chrono::seconds patience{2};

constexpr const char* operation = "read invalidations";

Error late_error() {
  return Error({.code = ErrorCode::deadline_exceeded,
                .retryable = true,
                .operation = operation,
                .message = "the metadata store did not answer before the deadline"});
}

Error impossible_error() {
  return Error({.code = ErrorCode::data_loss,
                .operation = operation,
                .message = "the response store names an invalidation that can't be; remove the "
                           "number that it keeps"});
}

// Has readers wait, and read again, while it lives.
class ChangeForReaders {
 public:
  explicit ChangeForReaders(std::atomic<std::uint64_t>& changes)
      : changes_(changes), before_(changes.load(std::memory_order_relaxed)) {
    changes_.store(before_ + 1, std::memory_order_relaxed);
  }
  ChangeForReaders(const ChangeForReaders&) = delete;
  ChangeForReaders& operator=(const ChangeForReaders&) = delete;
  ~ChangeForReaders() { changes_.store(before_ + 2, std::memory_order_release); }

 private:
  std::atomic<std::uint64_t>& changes_;
  const std::uint64_t before_;
};

}  // namespace

CurrentKey EpochBook::entry_key(const CacheKey& key) const {
  return consistently([&] { return key_now(key); });
}

CurrentKey EpochBook::key_now(const CacheKey& key) const {
  // The epoch first: what it counts is then in the table.
  CurrentKey current{.key = key.digest(),
                     .epoch = epoch(),
                     .forgotten = forgotten_.load(std::memory_order_acquire)};
  if (table_.empty()) return current;
  std::vector<values::EpochInForce> in_force;
  for (const std::uint64_t scope : key.scopes()) {
    const std::int64_t last = table_.find(scope);
    if (last == 0) continue;
    if (in_force.empty()) in_force.reserve(key.scopes().size());
    in_force.push_back({.scope = scope, .epoch = last});
  }
  if (!in_force.empty()) current.key = values::entry_key(key.digest(), in_force);
  return current;
}

bool EpochBook::invalidated_since(std::span<const std::uint64_t> scopes, std::int64_t epoch) const {
  return consistently([&] {
    return epoch < forgotten_.load(std::memory_order_acquire) ||
           std::ranges::any_of(scopes,
                               [&](std::uint64_t scope) { return table_.find(scope) > epoch; });
  });
}

void EpochBook::before_forgetting(std::function<void()> call) {
  const Lock lock(mutex_);
  before_forgetting_ = std::move(call);
}

void EpochBook::catch_up(std::int64_t at_least, Deadline deadline) {
  if (at_least <= epoch()) return;
  Lock lock(mutex_);
  while (at_least > epoch()) {
    if (reading_) {
      await_read(lock, deadline);
    } else {
      lead_read(lock, at_least, deadline);
    }
  }
}

void EpochBook::refresh(Deadline deadline) {
  Lock lock(mutex_);
  // The read that is under way may have begun before what the caller means was recorded.
  const std::uint64_t before = begun_;
  while (read_ok_ <= before) {
    if (reading_) {
      await_read(lock, deadline);
    } else {
      lead_read(lock, 0, deadline);
    }
  }
}

// A failure is everybody's, but for want of time: the reader may have had less of it.
void EpochBook::await_read(Lock& lock, Deadline deadline) {
  const auto read = reading_;
  if (!read_ended_.wait_until(lock, deadline.time(), [&] { return read->ended; })) {
    throw late_error();
  }
  if (read->error && read->error->code() != ErrorCode::deadline_exceeded) throw Error(*read->error);
}

void EpochBook::lead_read(Lock& lock, std::int64_t at_least, Deadline deadline) {
  reading_ = std::make_shared<Read>();
  ++begun_;
  lock.unlock();
  const auto error = try_read(at_least, deadline);
  lock.lock();
  const bool late = error && error->code() == ErrorCode::deadline_exceeded;
  if (!late || !go_on_reading(at_least)) end_read(error);
  if (error) throw Error(*error);
}

std::optional<Error> EpochBook::try_read(std::int64_t at_least, Deadline deadline) {
  try {
    read_list(at_least, deadline);
    return std::nullopt;
  } catch (const Error& error) {
    return error;
  } catch (...) {
    return support::unexpected(operation, Outcome::not_applied);
  }
}

// Under the lock. Callers that all have less time than a new connection takes would never get one.
bool EpochBook::go_on_reading(std::int64_t at_least) {
  try {
    reader_ = std::jthread([this, at_least] {
      auto error = try_read(at_least, Deadline::after(patience));
      const Lock lock(mutex_);
      end_read(std::move(error));
    });
    return true;
  } catch (const std::system_error&) {
    return false;
  }
}

// Under the lock.
void EpochBook::end_read(std::optional<Error> error) {
  if (!error) read_ok_ = begun_;
  reading_->error = std::move(error);
  reading_->ended = true;
  reading_.reset();
  read_ended_.notify_all();
}

void EpochBook::read_list(std::int64_t at_least, Deadline deadline) {
  for (;;) {
    std::int64_t after = 0;
    {
      const Lock lock(mutex_);
      after = read_to_;
    }
    const auto changes = epochs_.read_epochs(after, page_scopes, deadline);
    const bool last = changes.scopes.size() < page_scopes;
    {
      const Lock lock(mutex_);
      for (const auto& changed : changes.scopes) table_.raise(changed.scope, changed.epoch);
      if (last) {
        publish(changes.epoch, changes.forgotten);
      } else {
        read_to_ = std::max(read_to_, changes.scopes.back().epoch);
      }
    }
    if (!last) continue;
    // Not epoch(): it may by now have what was recorded after the read.
    const std::int64_t heard_of = std::max(after, at_least);
    if (heard_of - changes.epoch > largest_loss) throw impossible_error();
    if (heard_of > changes.epoch) (void)invalidate_all(heard_of, deadline);
    return;
  }
}

// With it all invalidations before it are known, whatever they were.
std::int64_t EpochBook::invalidate_all(std::int64_t above, Deadline deadline) {
  const std::int64_t epoch = epochs_.invalidate_scope(Scope::all(), above, deadline);
  const Lock lock(mutex_);
  table_.raise(Scope::all().hash(), epoch);
  publish(epoch);
  return epoch;
}

std::int64_t EpochBook::invalidate(const Scope& scope, Deadline deadline) {
  const std::int64_t known = epoch();
  const std::int64_t recorded = epochs_.invalidate_scope(scope, 0, deadline);
  if (recorded <= known) return invalidate_all(known, deadline);
  note(scope, recorded);
  try {
    catch_up(recorded, deadline);
  } catch (const Error&) {
    // It holds here already; what others recorded before it is heard of by its number.
  }
  return recorded;
}

std::size_t EpochBook::forget(Timestamp now, std::chrono::milliseconds age, Deadline deadline) {
  std::size_t forgotten = 0;
  for (std::size_t more = page_scopes; more == page_scopes;) {
    more = epochs_.forget_epochs({.now = now, .age = age, .most = page_scopes}, deadline);
    forgotten += more;
  }
  if (forgotten > 0) refresh(deadline);
  return forgotten;
}

void EpochBook::note(const Scope& scope, std::int64_t epoch) {
  const Lock lock(mutex_);
  table_.raise(scope.hash(), epoch);
  if (epoch == epoch_.load(std::memory_order_relaxed) + 1) publish(epoch);
}

// Under the lock, when the table has all up to this one. `forgotten`: by the list.
void EpochBook::publish(std::int64_t epoch, std::int64_t forgotten) {
  read_to_ = std::max(read_to_, epoch);
  if (epoch <= epoch_.load(std::memory_order_relaxed)) return;
  const std::uint64_t all = Scope::all().hash();
  const std::int64_t up_to = std::max(forgotten, table_.find(all) - 1);
  if (up_to <= forgotten_.load(std::memory_order_relaxed)) {
    epoch_.store(epoch, std::memory_order_release);
    return;
  }
  if (before_forgetting_) before_forgetting_();
  const ChangeForReaders change(changes_);
  forgotten_.store(up_to, std::memory_order_release);
  table_.forget(up_to, all);
  epoch_.store(epoch, std::memory_order_release);
}

}  // namespace polystore::read
