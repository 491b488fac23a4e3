#pragma once

#include "polystore/cache_key.hpp"
#include "polystore/cache_options.hpp"
#include "polystore/deadline.hpp"
#include "polystore/error.hpp"
#include "polystore/response_cache.hpp"

#include "ports/response_port.hpp"
#include "read/answer_store.hpp"
#include "read/cache_counters.hpp"
#include "read/change_waiters.hpp"
#include "read/chunk_relay.hpp"
#include "read/flight.hpp"
#include "read/generation.hpp"
#include "read/generation_gate.hpp"
#include "read/lease_keeper.hpp"
#include "read/refresher.hpp"
#include "read/remote_stream.hpp"
#include "read/store_budget.hpp"
#include "support/wait_group.hpp"

#include <chrono>
#include <memory>
#include <optional>

namespace polystore::read {

/// One call of get_or_generate. All arguments are checked.
struct AnswerCall {
  const CacheKey& key;
  const GenerateChunks& generate;
  const CachePolicy& policy;
  const ChunkSink* sink = nullptr;  ///< Null: the caller takes no chunks.
  CacheCounters::Account account{};
  Deadline deadline;
};

/// Answers requests so that a model is called once: by the copies of this process, by joining a
/// call of this process that makes the answer, by the response store, by waiting for another
/// process that makes it, and only then by the generator (docs/adr/0019). Threads: all members from
/// any.
class AnswerMaker {
 public:
  /// `refresh_deadline`: of each answer that is made anew in the background.
  AnswerMaker(AnswerStore& store, ports::ResponsePort& port, CacheCounters& counters,
              const CacheOptions& options, std::chrono::milliseconds refresh_deadline);

  AnswerMaker(const AnswerMaker&) = delete;
  AnswerMaker& operator=(const AnswerMaker&) = delete;
  /// Closes, and waits for the generators that run in the background: they end by their deadlines.
  ~AnswerMaker();

  /// Blocks until the deadline at most, the generator's own time aside.
  Answer answer(const AnswerCall& call);

  /// A copy in the memory of the process.
  std::optional<Answer> copy_of(const CacheKey& key) noexcept;
  /// An answer in the response store that is fresh. Blocks for CacheOptions::budget at most.
  std::optional<Answer> look_up(const CacheKey& key, Deadline deadline);

  /// A fresh answer to another request, as a semantic hit of the account's. Blocks for
  /// CacheOptions::budget at most.
  std::optional<Answer> borrow(const CacheKey& key, CacheCounters::Account account,
                               Deadline deadline);

  /// What is stored or being made under a key has changed, and is not joined any more; null: under
  /// any key something may have.
  void changed(const ports::EntryKey* key) noexcept;

  /// Before keys become what they were: what is under way is joined by nobody any more.
  void leave_flights() noexcept { flights_.detach_all(); }

  /// Makes nothing anew any more. Never waits.
  void close() noexcept;

 private:
  // What the store answers; nothing when it fails, which no caller is told.
  template <class Question>
  auto ask_store(StoreBudget& budget, Deadline deadline, Question&& question)
      -> std::optional<decltype(question(deadline))> {
    try {
      return budget.spend(deadline, question);
    } catch (const Error& error) {
      if (error.code() == ErrorCode::closed) throw;
      counters_.store_failed();
      return std::nullopt;
    }
  }

  std::shared_ptr<const Response> fresh_response(const CacheKey& key, Deadline deadline);
  std::optional<Answer> give_copy(const AnswerCall& call);
  std::optional<Answer> give(const AnswerCall& call, const Looked& looked);
  std::optional<Answer> lead_flight(const AnswerCall& call, Flight& flight, StoreBudget& budget);
  Answer find_or_make(const AnswerCall& call, Flight& flight, RemoteStream& stream,
                      StoreBudget& budget);
  std::optional<Answer> make_with(const AnswerCall& call, Flight& flight, RemoteStream& stream,
                                  const LeaseKeeper::Lease& lease, StoreBudget& budget);
  bool follow_maker(const AnswerCall& call, RemoteStream& stream, const ports::LeaseToken& maker,
                    StoreBudget& budget);
  std::optional<Looked> look_up(const AnswerCall& call, StoreBudget& budget);
  std::optional<ports::LeaseResult> acquire(const AnswerCall& call, const LeaseKeeper::Lease& lease,
                                            StoreBudget& budget);
  Answer make_alone(const AnswerCall& call, Flight& flight, RemoteStream& stream);
  Answer make_for(const AnswerCall& call, Flight& flight, RemoteStream& stream,
                  LeaseKeeper::Hold* hold, StoreBudget& budget);
  Answer make(const AnswerCall& call, Flight& flight, LeaseKeeper::Hold* hold, StoreBudget& budget);
  void publish(const AnswerCall& call, const Held& held, LeaseKeeper::Hold* hold,
               StoreBudget& budget);
  void remember_failure(const AnswerCall& call, ErrorCode code, LeaseKeeper::Hold* hold,
                        StoreBudget& budget);
  void consider_refresh(const AnswerCall& call, const Held& held, Held::TimePoint now);
  void refresh(const AnswerCall& call, Timestamp seen);

  AnswerStore& store_;
  ports::ResponsePort& port_;
  CacheCounters& counters_;
  const CacheOptions options_;
  FlightTable flights_;
  ChangeWaiters waiters_;
  GenerationGate gate_;
  LeaseKeeper leases_;
  ChunkRelay relay_;
  support::WaitGroup refreshes_;
  Refresher refresher_;  // last: its threads use the rest
};

}  // namespace polystore::read
