// One writer of the crash test: puts, erases and reads contents from several threads until it is
// killed, and logs every call (log.hpp). It goes on where its last killed predecessors
// ended, whose logs lie in the same folder.
//   crash_writer <metadata URL> <outputs URL> <log folder> <writer> <generation> <seed>
#include "polystore/polystore.hpp"

#include "crash/draft.hpp"
#include "crash/history.hpp"
#include "crash/log.hpp"

#include <signal.h>

#include <array>
#include <atomic>
#include <iostream>
#include <mutex>
#include <thread>
#include <utility>

using namespace polystore;
using namespace std::chrono_literals;
using test::CrashLog;

namespace {

constexpr int threads = 3;
constexpr int most_under_way = 32;  // of put_async
constexpr int recent = 5;           // so many predecessors' logs are read: a start must be quick
constexpr std::array limits{100'000us, 500'000us, 2'000'000us, 5'000'000us};

std::atomic<int> told_to_end{0};

// The ids that this writer and its predecessors know about; an id is in one place at a time.
class Ids {
 public:
  void add(const test::CrashHistory& history) {
    for (const auto& [id, known] : history.ids) {
      if (known.erase_done) erased_.push_back(id);
      if (known.erase_tried) continue;
      if (known.put_done) {
        there_.push_back(id);
      } else if (known.put_in_doubt) {
        in_doubt_.push_back(id);
      }
    }
  }

  void add_there(const ContentId& id) { add(there_, id); }
  void add_in_doubt(const ContentId& id) { add(in_doubt_, id); }
  void add_erased(const ContentId& id) { add(erased_, id); }

  std::optional<ContentId> take_there(std::uint64_t pick) { return take(there_, pick); }
  std::optional<ContentId> take_in_doubt(std::uint64_t pick) { return take(in_doubt_, pick); }
  std::optional<ContentId> some_erased(std::uint64_t pick) {
    const std::lock_guard lock(mutex_);
    if (erased_.empty()) return std::nullopt;
    return erased_[pick % erased_.size()];
  }

 private:
  void add(std::vector<ContentId>& to, const ContentId& id) {
    const std::lock_guard lock(mutex_);
    to.push_back(id);
  }
  std::optional<ContentId> take(std::vector<ContentId>& from, std::uint64_t pick) {
    const std::lock_guard lock(mutex_);
    if (from.empty()) return std::nullopt;
    std::swap(from[pick % from.size()], from.back());
    const ContentId id = from.back();
    from.pop_back();
    return id;
  }

  std::mutex mutex_;
  std::vector<ContentId> there_;
  std::vector<ContentId> in_doubt_;
  std::vector<ContentId> erased_;
};

// '+' for none. What a server or a deadline may do to a call is expected; all else is noted.
char outcome_of(CrashLog& log, std::string_view kind, const std::optional<Error>& error) {
  if (!error) return '+';
  const ErrorCode code = error->code();
  if (code != ErrorCode::unavailable && code != ErrorCode::deadline_exceeded &&
      code != ErrorCode::overloaded) {
    log.violation(std::string(kind) + " failed: " + error->what());
  }
  return error->outcome() == Outcome::unknown ? '?' : '-';
}

class Worker {
 public:
  Worker(ContentStore& store, CrashLog& log, Ids& ids, std::uint64_t seed)
      : store_(store), log_(log), ids_(ids), random_(seed) {}

  void work() {
    while (told_to_end == 0) {
      const auto pick = below(100);
      if (pick < 30) {
        put(ContentId::generate());
      } else if (pick < 40) {
        put_many();
      } else if (pick < 60) {
        put_async(ContentId::generate());
      } else if (pick < 65) {
        if (const auto id = ids_.take_in_doubt(random_())) put(*id);
      } else if (pick < 73) {
        if (const auto id = ids_.take_there(random_())) erase(*id);
      } else if (pick < 75) {
        if (const auto id = ids_.take_in_doubt(random_())) erase(*id);
      } else if (pick < 80) {
        if (const auto id = ids_.some_erased(random_())) get_erased(*id);
      } else {
        get_many();
      }
    }
    while (under_way_ > 0) std::this_thread::sleep_for(1ms);
  }

 private:
  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  CrashLog::Call begin(std::string_view kind, std::span<const ContentId> of) {
    return log_.begin(kind, of, limits[below(limits.size())]);
  }

  void note_put(const ContentId& id, char outcome) {
    if (outcome == '+') ids_.add_there(id);
    if (outcome == '?') ids_.add_in_doubt(id);
  }

  void put(const ContentId& id) {
    const Draft draft = test::crash_draft(id);
    const auto call = begin("put", {&id, 1});
    std::optional<Error> failure;
    try {
      store_.put(draft, call.deadline());
    } catch (const Error& error) {
      failure = error;
    }
    const char outcome = outcome_of(log_, call.kind, failure);
    log_.end(call, {&outcome, 1});
    note_put(id, outcome);
  }

  void put_many() {
    std::vector<Draft> drafts;
    std::vector<ContentId> of;
    for (auto count = 2 + below(20); count > 0; --count) {
      of.push_back(ContentId::generate());
      drafts.push_back(test::crash_draft(of.back()));
    }
    const auto call = begin("put_many", of);
    const auto results = store_.put_many(drafts, call.deadline());
    std::string outcomes;
    for (const auto& result : results) outcomes += outcome_of(log_, call.kind, result.error);
    log_.end(call, outcomes);
    for (std::size_t i = 0; i < of.size(); ++i) note_put(of[i], outcomes[i]);
  }

  void put_async(const ContentId& id) {
    if (under_way_ >= most_under_way) return;
    const Draft draft = test::crash_draft(id);
    const auto call = begin("put_async", {&id, 1});
    const auto done = [this, call, id](const std::optional<Error>& error) {
      const char outcome = outcome_of(log_, call.kind, error);
      log_.end(call, {&outcome, 1});
      note_put(id, outcome);
      --under_way_;
    };
    ++under_way_;
    try {
      store_.put_async(
          draft, [done](const ItemResult<ContentId>& result) { done(result.error); },
          call.deadline());
    } catch (const Error& error) {
      done(error);
    }
  }

  void erase(const ContentId& id) {
    const auto call = begin("erase", {&id, 1});
    std::optional<Error> failure;
    try {
      (void)store_.erase(id, call.deadline());
    } catch (const Error& error) {
      failure = error;
    }
    const char outcome = outcome_of(log_, call.kind, failure);
    log_.end(call, {&outcome, 1});
    if (outcome == '+') ids_.add_erased(id);
  }

  void get_erased(const ContentId& id) {
    const auto result = get({&id, 1}, "get").front();
    if (result.value) log_.violation("erased and there again: " + id.to_string());
  }

  // Nobody else of this writer has them meanwhile, so they must be there.
  void get_many() {
    std::vector<ContentId> of;
    for (auto count = below(2) == 0 ? 1 : below(30); count > 0; --count) {
      if (const auto id = ids_.take_there(random_())) of.push_back(*id);
    }
    if (of.empty()) return;
    const auto results = get(of, of.size() == 1 ? "get" : "get_many");
    for (std::size_t i = 0; i < of.size(); ++i) {
      ids_.add_there(of[i]);
      if (results[i].error) continue;
      if (!results[i].value) {
        log_.violation("acknowledged and absent: " + of[i].to_string());
      } else if (!test::is_as_drafted(of[i], *results[i].value)) {
        log_.violation("acknowledged and different: " + of[i].to_string());
      }
    }
  }

  std::vector<ItemResult<Content>> get(std::span<const ContentId> of, std::string_view kind) {
    const auto call = begin(kind, of);
    auto results = store_.get_many(of, call.deadline());
    std::string outcomes;
    for (const auto& result : results) outcomes += outcome_of(log_, kind, result.error);
    log_.end(call, outcomes);
    return results;
  }

  ContentStore& store_;
  CrashLog& log_;
  Ids& ids_;
  std::mt19937_64 random_;
  std::atomic<int> under_way_{0};
};

void relay(ContentStore& store, CrashLog& log) {
  while (told_to_end == 0) {
    std::optional<Error> failure;
    const auto call = log.begin("relay", {}, 1'000'000us);
    try {
      (void)store.maintenance().relay(call.deadline());
    } catch (const Error& error) {
      failure = error;
    }
    const char outcome = outcome_of(log, call.kind, failure);
    log.end(call, {&outcome, 1});
    std::this_thread::sleep_for(100ms);
  }
}

// Tries until the servers are there.
std::optional<ContentStore> open_store(const OpenOptions& options, CrashLog& log) {
  while (told_to_end == 0) {
    std::optional<Error> failure;
    const auto call = log.begin("open", {}, options.open_deadline);
    std::optional<ContentStore> store;
    try {
      store = ContentStore::open(options);
    } catch (const Error& error) {
      failure = error;
    }
    const char outcome = outcome_of(log, call.kind, failure);
    log.end(call, {&outcome, 1});
    if (store) return store;
    std::this_thread::sleep_for(50ms);
  }
  return std::nullopt;
}

int run(const std::vector<std::string>& arguments) {
  const std::filesystem::path folder = arguments[2];
  const std::string prefix = "writer-" + arguments[3] + "-";
  const auto seed = std::stoull(arguments[5]);
  test::CrashHistory history;
  const auto generation = std::stoi(arguments[4]);
  for (int before = std::max(1, generation - recent); before < generation; ++before) {
    history.read_file(folder / (prefix + std::to_string(before) + ".log"));
  }
  Ids ids;
  ids.add(history);
  CrashLog log((folder / (prefix + arguments[4] + ".log")).string(),
               arguments[0].starts_with("sqlite:"));
  auto store =
      open_store({.metadata = arguments[0], .outputs = arguments[1], .responses = "memory:"}, log);
  if (!store) return 0;
  std::vector<std::unique_ptr<Worker>> workers;
  for (std::uint64_t i = 0; i < threads; ++i) {
    workers.push_back(std::make_unique<Worker>(*store, log, ids, seed * threads + i));
  }
  std::vector<std::jthread> running;
  for (auto& worker : workers) running.emplace_back([&worker] { worker->work(); });
  running.emplace_back([&] { relay(*store, log); });
  running.clear();  // joins
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7) return 2;
  struct sigaction action {};
  action.sa_handler = [](int) { told_to_end = 1; };
  sigaction(SIGTERM, &action, nullptr);
  try {
    return run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::cerr << "crash_writer: " << error.what() << '\n';
    return 1;
  }
}
