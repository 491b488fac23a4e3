#include "read/answer_maker.hpp"

#include "polystore/error.hpp"

#include "read/expiry.hpp"
#include "support/backoff.hpp"
#include "support/random.hpp"

#include <utility>

namespace polystore::read {
namespace {

using std::chrono::milliseconds;

// A caller that waits for another process is woken by what that one publishes; it looks by itself
// as well, for a message may be lost and a process may die.
constexpr milliseconds first_poll{20};
constexpr milliseconds longest_poll{250};
// While that one's chunks come.
constexpr milliseconds longest_chunk_poll{70};

// Further callers than those that may generate wait, up to so many for each that may.
constexpr std::size_t waiters_per_place = 64;

Error out_of_time() {
  return Error({.code = ErrorCode::deadline_exceeded,
                .retryable = true,
                .operation = "get_or_generate",
                .message = "the answer was not made before the deadline"});
}

Error remembered_failure(ErrorCode code) {
  return Error({.code = code,
                .retryable = true,
                .operation = "get_or_generate",
                .message =
                    "the generator failed for this request a moment ago, which is remembered "
                    "for CachePolicy::negative_ttl"});
}

bool is_fresh(const Held& held, Held::TimePoint now) { return now < held.fresh_until; }

// Whether this call's policy lets the stored thing be its answer.
bool is_usable(const Held& held, const CachePolicy& policy, Held::TimePoint now) {
  if (held.response == nullptr) return policy.negative_ttl > milliseconds(0);
  return is_fresh(held, now) || now < held.fresh_until + policy.stale_for;
}

// How a leader waits for another process.
struct Wait {
  ports::EntryKey key{};
  ChangeWaiters::Mark mark = 0;
  Deadline::Clock::time_point holder_until{};  // for so long it has the lease
  support::Backoff poll{first_poll, longest_poll};
};

}  // namespace

AnswerMaker::AnswerMaker(AnswerStore& store, ports::ResponsePort& port, CacheCounters& counters,
                         const CacheOptions& options, milliseconds refresh_deadline)
    : store_(store),
      port_(port),
      counters_(counters),
      options_(options),
      gate_(options.generations_without_store,
            options.generations_without_store * waiters_per_place),
      leases_(port, options.lease),
      relay_(port),
      refresher_({.threads = options.refresh_threads, .job_deadline = refresh_deadline}) {}

AnswerMaker::~AnswerMaker() {
  close();
  refreshes_.wait();
}

void AnswerMaker::changed(const ports::EntryKey* key) noexcept {
  if (key == nullptr) {
    waiters_.wake_all();
  } else {
    flights_.detach(*key);
    waiters_.wake(*key);
  }
}

void AnswerMaker::close() noexcept {
  refresher_.close();
  leases_.close();
  relay_.close();
  waiters_.wake_all();
}

Answer AnswerMaker::answer(const AnswerCall& call) {
  for (;;) {
    if (auto copy = give_copy(call)) return std::move(*copy);
    StoreBudget budget(options_.budget);
    // So that nobody joins the making of an answer that was invalidated since it began.
    (void)ask_store(budget, call.deadline, [&](Deadline deadline) {
      store_.settle(call.key, deadline);
      return true;
    });
    const auto seat = flights_.board(store_.entry_key(call.key));
    if (seat.leads) {
      if (auto led = lead_flight(call, *seat.flight, budget)) return std::move(*led);
      continue;
    }
    Answer answer;
    if (seat.flight->follow(call.sink, call.deadline, answer) == Flight::End::answered) {
      counters_.joined(call.account, *answer.response);
      return answer;
    }
  }
}

std::optional<Answer> AnswerMaker::copy_of(const CacheKey& key) noexcept {
  const auto copy = store_.near(key);
  if (!copy) return std::nullopt;
  counters_.hit(copy->account, Source::near_cache, *copy->response);
  return Answer{.response = copy->response, .source = Source::near_cache};
}

// What the response store has, or null.
std::shared_ptr<const Response> AnswerMaker::fresh_response(const CacheKey& key,
                                                            Deadline deadline) {
  StoreBudget budget(options_.budget);
  const auto looked = ask_store(budget, deadline, [&](Deadline end) {
    return store_.look_up(key, CacheCounters::others, end);
  });
  if (!looked || !looked->held || !is_fresh(*looked->held, store_.now())) return nullptr;
  return looked->held->response;
}

std::optional<Answer> AnswerMaker::look_up(const CacheKey& key, Deadline deadline) {
  auto response = fresh_response(key, deadline);
  if (response == nullptr) return std::nullopt;
  counters_.hit({}, Source::cache, *response);
  return Answer{.response = std::move(response), .source = Source::cache};
}

std::optional<Answer> AnswerMaker::borrow(const CacheKey& key, CacheCounters::Account account,
                                          Deadline deadline) {
  const auto copy = store_.near(key);
  auto response = copy ? copy->response : fresh_response(key, deadline);
  if (response == nullptr) return std::nullopt;
  counters_.hit(account, Source::semantic, *response);
  return Answer{.response = std::move(response), .source = Source::semantic};
}

std::optional<Answer> AnswerMaker::give_copy(const AnswerCall& call) {
  const auto copy = store_.near(call.key);
  if (!copy) return std::nullopt;
  counters_.hit(call.account, Source::near_cache, *copy->response);
  const Held held{.response = copy->response,
                  .fresh_until = copy->fresh_until,
                  .stale_until = copy->stale_until,
                  .filled_at = copy->filled_at};
  consider_refresh(call, held, Deadline::Clock::now());
  if (call.sink != nullptr) replay(*copy->response, *call.sink);
  return Answer{.response = copy->response, .source = Source::near_cache};
}

// Nothing: the flight is of no more use, but the caller, who takes no chunks, may try again.
std::optional<Answer> AnswerMaker::lead_flight(const AnswerCall& call, Flight& flight,
                                               StoreBudget& budget) {
  RemoteStream stream(flight, call.sink);
  try {
    Answer answer = find_or_make(call, flight, stream, budget);
    flight.succeed(answer);  // where making it has not said so already
    // After that: a sink that throws ends its own call alone.
    stream.end();
    if (call.sink != nullptr && answer.source != Source::generated && !stream.begun()) {
      replay(*answer.response, *call.sink);
    }
    return answer;
  } catch (const Error& error) {
    if (stream.broken()) {
      flight.abandon();
      stream.end();
      if (call.sink == nullptr) return std::nullopt;
    } else if (error.code() == ErrorCode::deadline_exceeded && call.deadline.expired()) {
      flight.abandon();
    } else {
      flight.fail(std::current_exception());
    }
    throw;
  } catch (...) {
    flight.fail(std::current_exception());
    throw;
  }
}

Answer AnswerMaker::find_or_make(const AnswerCall& call, Flight& flight, RemoteStream& stream,
                                 StoreBudget& budget) {
  Wait wait;
  for (;;) {
    wait.key = store_.entry_key(call.key);
    wait.mark = waiters_.mark(wait.key);
    const auto looked = look_up(call, budget);
    if (looked) {
      if (auto answer = give(call, *looked)) {
        stream.complete(*answer->response);
        return std::move(*answer);
      }
      const LeaseKeeper::Lease lease{
          .key = looked->entry, .token = draw_token(), .epoch = looked->epoch};
      const auto result = acquire(call, lease, budget);
      if (result && result->acquired) {
        if (auto answer = make_with(call, flight, stream, lease, budget)) return std::move(*answer);
        continue;
      }
      if (result) {
        wait.holder_until = Deadline::Clock::now() + result->remaining;
        if (follow_maker(call, stream, result->holder, budget)) {
          wait.poll = {first_poll, longest_chunk_poll};
        }
      }
    }
    // While another process is known to make the answer, a store that fails is no reason to make it
    // here, too.
    if (Deadline::Clock::now() >= wait.holder_until) return make_alone(call, flight, stream);
    waiters_.wait(wait.key, wait.mark, call.deadline.within(first_poll / 2 + wait.poll.next()));
    if (call.deadline.expired()) throw out_of_time();
    budget = StoreBudget(options_.budget);  // what comes now is no time that the store adds
  }
}

// With the lease in hand. Nothing: what was asked for is under another key now.
std::optional<Answer> AnswerMaker::make_with(const AnswerCall& call, Flight& flight,
                                             RemoteStream& stream, const LeaseKeeper::Lease& lease,
                                             StoreBudget& budget) {
  LeaseKeeper::Hold hold(leases_, lease);
  // Its last holder may have published since the look-up.
  const auto looked = look_up(call, budget);
  if (looked) {
    if (auto answer = give(call, *looked)) {
      stream.complete(*answer->response);
      return answer;
    }
    if (looked->entry != lease.key) return std::nullopt;
  }
  return make_for(call, flight, stream, &hold, budget);
}

std::optional<Looked> AnswerMaker::look_up(const AnswerCall& call, StoreBudget& budget) {
  return ask_store(budget, call.deadline, [&](Deadline deadline) {
    return store_.look_up(call.key, call.account, deadline);
  });
}

std::optional<ports::LeaseResult> AnswerMaker::acquire(const AnswerCall& call,
                                                       const LeaseKeeper::Lease& lease,
                                                       StoreBudget& budget) {
  return ask_store(budget, call.deadline, [&](Deadline deadline) {
    return port_.acquire(lease.key, lease.token, leases_.ttl(), deadline);
  });
}

// The stored answer, if the policy lets it be one. Its chunks are not handed out yet.
std::optional<Answer> AnswerMaker::give(const AnswerCall& call, const Looked& looked) {
  const auto now = store_.now();
  if (!looked.held || !is_usable(*looked.held, call.policy, now)) return std::nullopt;
  const Held& held = *looked.held;
  if (held.response == nullptr) {
    counters_.remembered_failure(call.account);
    throw remembered_failure(held.failure);
  }
  const Answer answer{.response = held.response,
                      .source = is_fresh(held, now) ? Source::cache : Source::stale};
  counters_.hit(call.account, answer.source, *answer.response);
  consider_refresh(call, held, now);
  return answer;
}

Answer AnswerMaker::make(const AnswerCall& call, Flight& flight, LeaseKeeper::Hold* hold,
                         StoreBudget& budget) {
  if (call.deadline.expired()) throw out_of_time();
  counters_.missed(call.account);
  Generated generated;
  std::optional<ChunkRelay::Stream> relayed;
  if (hold != nullptr && port_.spans_processes()) relayed.emplace(relay_, hold->lease());
  try {
    generated = run_generator({call.generate, call.sink, &flight, relayed ? &*relayed : nullptr},
                              call.deadline);
  } catch (const Error& error) {
    const bool late = error.code() == ErrorCode::deadline_exceeded && call.deadline.expired();
    counters_.generation_failed(call.account);
    if (!late) remember_failure(call, error.code(), hold, budget);
    throw;
  } catch (...) {
    counters_.generation_failed(call.account);
    remember_failure(call, ErrorCode::internal, hold, budget);
    throw;
  }
  counters_.generated(call.account, *generated.response);
  const Answer answer{.response = generated.response, .source = Source::generated};
  flight.succeed(answer);
  publish(call, {.response = generated.response}, hold, budget);
  if (generated.sink_failure) std::rethrow_exception(generated.sink_failure);
  if (call.sink != nullptr && !generated.streamed) replay(*answer.response, *call.sink);
  return answer;
}

void AnswerMaker::remember_failure(const AnswerCall& call, ErrorCode code, LeaseKeeper::Hold* hold,
                                   StoreBudget& budget) {
  if (call.policy.negative_ttl > milliseconds(0)) publish(call, {.failure = code}, hold, budget);
}

// What can't be published is given to its callers all the same.
void AnswerMaker::publish(const AnswerCall& call, const Held& held, LeaseKeeper::Hold* hold,
                          StoreBudget& budget) {
  if (hold == nullptr) return;
  const LeaseKeeper::Lease& lease = hold->lease();
  const auto stored =
      store_.pack(call.key, {.key = lease.key, .epoch = lease.epoch}, held, call.policy);
  if (!stored) return;
  const auto published = ask_store(budget, call.deadline, [&](Deadline deadline) {
    return port_.publish(lease.key, lease.token, *stored, deadline);
  });
  if (published && *published) hold->published();
}

void AnswerMaker::consider_refresh(const AnswerCall& call, const Held& held, Held::TimePoint now) {
  const CachePolicy& policy = call.policy;
  const bool stale = !is_fresh(held, now);
  const bool early = !stale && policy.early_refresh > 0 &&
                     refresh_early(held.fresh_until - now, held.response->usage.latency,
                                   policy.early_refresh, support::uniform_random());
  if (!stale && !early) return;
  const auto submitted = refresher_.submit(
      store_.entry_key(call.key),
      [this, key = call.key, generate = call.generate, policy = call.policy, account = call.account,
       seen = held.filled_at,
       use = std::make_shared<support::WaitGroup::Use>(refreshes_)](Deadline deadline) {
        refresh({.key = key,
                 .generate = generate,
                 .policy = policy,
                 .account = account,
                 .deadline = deadline},
                seen);
      });
  counters_.refresh(call.account, early, submitted);
}

// Makes an answer anew that is still given meanwhile; whoever has the lease does.
void AnswerMaker::refresh(const AnswerCall& call, Timestamp seen) {
  StoreBudget budget(options_.budget);
  const CurrentKey current = store_.current_key(call.key);
  const LeaseKeeper::Lease lease{.key = current.key, .token = draw_token(), .epoch = current.epoch};
  const auto result = ask_store(budget, call.deadline, [&](Deadline deadline) {
    return port_.acquire(lease.key, lease.token, leases_.ttl(), deadline);
  });
  if (!result || !result->acquired) return;
  LeaseKeeper::Hold hold(leases_, lease);
  const auto looked = ask_store(budget, call.deadline, [&](Deadline deadline) {
    return store_.look_up(call.key, call.account, deadline);
  });
  if (!looked || looked->entry != lease.key) return;
  if (looked->held && looked->held->filled_at != seen) return;  // another one did it
  Flight nobody;
  (void)make(call, nobody, &hold, budget);
}

}  // namespace polystore::read
