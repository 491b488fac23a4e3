#include "read/refresher.hpp"

#include "read/entry_hash.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <list>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <unordered_set>
#include <utility>

namespace polystore::read {
namespace {

// How long after its deadline a call may still end.
constexpr std::chrono::milliseconds grace{100};

struct KeyedJob {
  ports::EntryKey key{};
  Refresher::Job run{};
};

struct Worker {
  std::thread thread{};
  std::optional<Deadline> deadline{};  // of its job, while one is under way
  bool ended = false;

  [[nodiscard]] bool is_this_thread() const noexcept {
    return thread.get_id() == std::this_thread::get_id();
  }
};

}  // namespace

struct Refresher::State {
  explicit State(const RefreshLimits& its_limits) : limits(its_limits) {}

  bool queue(const ports::EntryKey& key, Job& job, const std::shared_ptr<State>& self);
  void start_worker(const std::shared_ptr<State>& self);
  void work(Worker& worker);
  bool next_job(Worker& worker, KeyedJob& job);
  void end_job(Worker& worker, const ports::EntryKey& key, bool failed) noexcept;
  void wait_for_workers();

  const RefreshLimits limits;
  std::mutex mutex;  // guards the rest
  std::condition_variable job_came;
  std::condition_variable worker_ended;
  std::deque<KeyedJob> waiting;
  std::unordered_set<ports::EntryKey, EntryHash> keys;  // of those that wait or are under way
  std::list<Worker> workers;
  std::size_t idle = 0;  // of the workers
  bool closed = false;
  RefreshCounts counts;
};

Refresher::Refresher(const RefreshLimits& limits) : state_(std::make_shared<State>(limits)) {}

Refresher::~Refresher() {
  close();
  state_->wait_for_workers();
}

Refresher::Submitted Refresher::submit(const ports::EntryKey& key, Job job) noexcept {
  State& state = *state_;
  const std::lock_guard lock(state.mutex);
  if (state.keys.contains(key)) return Submitted::under_way_already;
  const bool fits = !state.closed && state.limits.threads > 0 &&
                    state.waiting.size() < std::max<std::size_t>(state.limits.waiting, 1);
  if (fits && state.queue(key, job, state_)) return Submitted::queued;
  ++state.counts.dropped;
  return Submitted::dropped;
}

// False when there is no memory, or no thread at all. Needs the mutex.
bool Refresher::State::queue(const ports::EntryKey& key, Job& job,
                             const std::shared_ptr<State>& self) {
  try {
    keys.insert(key);
    if (waiting.size() >= idle && workers.size() < limits.threads) start_worker(self);
    waiting.push_back({key, std::move(job)});
  } catch (const std::exception&) {
    keys.erase(key);
    return false;
  }
  job_came.notify_one();
  return true;
}

// Needs the mutex.
void Refresher::State::start_worker(const std::shared_ptr<State>& self) {
  Worker& worker = workers.emplace_back();
  try {
    worker.thread = std::thread([self, &worker] { self->work(worker); });
  } catch (const std::system_error&) {
    workers.pop_back();
    if (workers.empty()) throw;  // the others will come to what waits
  }
}

void Refresher::State::work(Worker& worker) {
  for (;;) {
    KeyedJob job;
    if (!next_job(worker, job)) return;
    bool failed = false;
    try {
      job.run(*worker.deadline);
    } catch (...) {  // whatever it is, it is no reason to end the process
      failed = true;
    }
    job.run = nullptr;  // what it owns goes before it counts as done
    end_job(worker, job.key, failed);
  }
}

// False: the thread is to end.
bool Refresher::State::next_job(Worker& worker, KeyedJob& job) {
  std::unique_lock lock(mutex);
  ++idle;
  job_came.wait(lock, [this] { return closed || !waiting.empty(); });
  --idle;
  if (closed) {
    worker.ended = true;
    worker_ended.notify_all();
    return false;
  }
  job = std::move(waiting.front());
  waiting.pop_front();
  worker.deadline = Deadline::after(limits.job_deadline);
  return true;
}

void Refresher::State::end_job(Worker& worker, const ports::EntryKey& key, bool failed) noexcept {
  const std::lock_guard lock(mutex);
  worker.deadline.reset();
  keys.erase(key);
  ++(failed ? counts.failed : counts.done);
}

// Those that overstay their deadlines go on with what they share.
void Refresher::State::wait_for_workers() {
  const auto ended = [](const Worker& worker) { return worker.ended || worker.is_this_thread(); };
  std::unique_lock lock(mutex);
  auto last = Deadline::Clock::now();
  for (const Worker& worker : workers) {
    if (worker.deadline) last = std::max(last, worker.deadline->time());
  }
  worker_ended.wait_until(lock, last + grace, [&] { return std::ranges::all_of(workers, ended); });
  // Those without a job end at once.
  worker_ended.wait(lock, [&] {
    return std::ranges::all_of(
        workers, [&](const Worker& worker) { return ended(worker) || worker.deadline; });
  });
  for (Worker& worker : workers) {
    if (worker.ended) {
      worker.thread.join();
    } else {
      worker.thread.detach();
    }
  }
}

void Refresher::close() noexcept {
  std::deque<KeyedJob> dropped;  // freed after the lock
  {
    const std::lock_guard lock(state_->mutex);
    state_->closed = true;
    state_->waiting.swap(dropped);
    state_->counts.dropped += dropped.size();
    for (const KeyedJob& job : dropped) state_->keys.erase(job.key);
  }
  state_->job_came.notify_all();
}

RefreshCounts Refresher::counts() const noexcept {
  const std::lock_guard lock(state_->mutex);
  return state_->counts;
}

}  // namespace polystore::read
