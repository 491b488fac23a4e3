#include "read/chunk_relay.hpp"

#include "polystore/error.hpp"
#include "polystore/limits.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <iterator>
#include <system_error>
#include <utility>

namespace polystore::read {
namespace {

using std::chrono::milliseconds;

// A server that hangs for one stream must not keep the thread from the others, or from its end.
constexpr milliseconds longest_send{200};
// What comes meanwhile goes together; a reader sees no difference.
constexpr milliseconds between_sends{10};
constexpr milliseconds after_failure{250};
constexpr std::size_t bytes_at_once = std::size_t{48} << 10;
constexpr std::ptrdiff_t most_at_once = ports::ResponsePort::chunks_at_once;
// What may wait for a server that does not take it.
constexpr std::size_t most_bytes_waiting = std::size_t{1} << 20;

}  // namespace

// Guarded by the relay's mutex, but the lease.
struct ChunkRelay::Pending {
  LeaseKeeper::Lease lease{};
  std::size_t sent = 0;                // chunks
  std::size_t all_bytes = 0;           // of all chunks there were
  std::size_t waiting_bytes = 0;       // of those that follow
  std::vector<std::string> waiting{};  // not sent yet
  TimePoint due{};
  bool over = false;  // nothing is sent any more

  void end() noexcept {
    over = true;
    waiting.clear();
  }
};

ChunkRelay::Stream::Stream(ChunkRelay& relay, const LeaseKeeper::Lease& lease)
    : relay_(relay), pending_(std::make_shared<Pending>(Pending{.lease = lease})) {}

ChunkRelay::Stream::~Stream() {
  const std::lock_guard lock(relay_.mutex_);
  pending_->end();
  std::erase(relay_.waiting_, pending_);
}

void ChunkRelay::Stream::append(std::string_view chunk) {
  Pending& pending = *pending_;
  bool first = false;
  {
    const std::lock_guard lock(relay_.mutex_);
    if (pending.over || relay_.closed_) return;
    pending.all_bytes += chunk.size();
    pending.waiting_bytes += chunk.size();
    if (pending.all_bytes > limits::response_bytes || pending.waiting_bytes > most_bytes_waiting ||
        !relay_.start_thread()) {
      pending.end();
      std::erase(relay_.waiting_, pending_);
      return;
    }
    first = pending.waiting.empty();
    pending.waiting.emplace_back(chunk);
    if (first) relay_.waiting_.push_back(pending_);  // else it is there, or being sent
  }
  if (first) relay_.changed_.notify_one();
}

ChunkRelay::~ChunkRelay() {
  close();
  if (thread_.joinable()) thread_.join();
}

void ChunkRelay::close() noexcept {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  changed_.notify_all();
}

// Under the lock. False: the system has none.
bool ChunkRelay::start_thread() {
  if (thread_.joinable()) return true;
  try {
    thread_ = std::thread([this] { work(); });
    return true;
  } catch (const std::system_error&) {
    return false;
  }
}

void ChunkRelay::work() {
  Lock lock(mutex_);
  while (!closed_) {
    if (auto pending = next_due(lock)) send(lock, std::move(pending));
  }
}

// The one that is due first, taken from the list; nothing when it had to be waited for.
std::shared_ptr<ChunkRelay::Pending> ChunkRelay::next_due(Lock& lock) {
  if (waiting_.empty()) {
    changed_.wait(lock, [this] { return closed_ || !waiting_.empty(); });
    return nullptr;
  }
  const auto first =
      std::ranges::min_element(waiting_, {}, [](const auto& pending) { return pending->due; });
  const TimePoint due = (*first)->due;  // waiting_ may change meanwhile
  if (due > Deadline::Clock::now()) {
    changed_.wait_until(lock, due);
    return nullptr;
  }
  auto pending = std::move(*first);
  waiting_.erase(first);
  return pending;
}

// Sends what goes at once, without the lock. What is left, or came meanwhile, is due later.
void ChunkRelay::send(Lock& lock, std::shared_ptr<Pending> pending) {
  auto& waiting = pending->waiting;
  std::ptrdiff_t count = 0;
  std::size_t bytes = 0;
  while (count < std::ssize(waiting) && count < most_at_once && bytes < bytes_at_once) {
    bytes += waiting[static_cast<std::size_t>(count++)].size();
  }
  const std::vector<std::string> chunks(waiting.begin(), waiting.begin() + count);
  const Handed handed = hand_over(lock, *pending, chunks);
  if (pending->over) return;
  if (handed == Handed::refused) {
    pending->end();
    return;
  }
  if (handed == Handed::yes) {
    pending->sent += chunks.size();
    pending->waiting_bytes -= bytes;
    waiting.erase(waiting.begin(), waiting.begin() + count);
  }
  pending->due = Deadline::Clock::now() + (handed == Handed::yes ? between_sends : after_failure);
  if (!waiting.empty()) waiting_.push_back(std::move(pending));
}

// Without the lock.
ChunkRelay::Handed ChunkRelay::hand_over(Lock& lock, const Pending& pending,
                                         const std::vector<std::string>& chunks) {
  const std::size_t first = pending.sent;
  lock.unlock();
  Handed handed = Handed::not_now;
  try {
    handed = port_.append_chunks(pending.lease.key, pending.lease.token, first, chunks,
                                 Deadline::after(longest_send))
                 ? Handed::yes
                 : Handed::refused;
  } catch (const Error&) {
    // It is tried again: chunks that came through all the same are not added twice.
  }
  lock.lock();
  return handed;
}

}  // namespace polystore::read
