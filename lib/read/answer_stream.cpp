// The part of AnswerMaker that has to do with chunks of other processes' making.
#include "read/answer_maker.hpp"

#include <chrono>
#include <string>

namespace polystore::read {

// Hands out what the process that makes the answer has handed over so far. Whether there was any.
bool AnswerMaker::follow_maker(const AnswerCall& call, RemoteStream& stream,
                               const ports::LeaseToken& maker, StoreBudget& budget) {
  if (!port_.spans_processes()) return false;
  bool came = false;
  while (stream.follows(maker) && !call.deadline.expired()) {
    const auto chunks = ask_store(budget, call.deadline, [&](Deadline deadline) {
      return port_.read_chunks(maker, stream.chunks(), deadline);
    });
    if (!chunks || chunks->empty()) break;
    for (const std::string& chunk : *chunks) stream.hand_out(chunk);
    came = true;
    budget = StoreBudget(options_.budget);  // the sinks' time is none that the store adds
    if (chunks->size() < ports::ResponsePort::chunks_at_once) break;
  }
  return came;
}

// Without the response store: what other processes do is not known.
Answer AnswerMaker::make_alone(const AnswerCall& call, Flight& flight, RemoteStream& stream) {
  const auto place = gate_.enter(call.deadline);
  StoreBudget none{std::chrono::milliseconds(0)};
  return make_for(call, flight, stream, nullptr, none);
}

// Once chunks of another process's making were handed out, the answer in its place is made whole
// before it is known whether it goes on from them.
Answer AnswerMaker::make_for(const AnswerCall& call, Flight& flight, RemoteStream& stream,
                             LeaseKeeper::Hold* hold, StoreBudget& budget) {
  if (!stream.begun()) return make(call, flight, hold, budget);
  Flight nobody;
  const AnswerCall unheard{.key = call.key,
                           .generate = call.generate,
                           .policy = call.policy,
                           .account = call.account,
                           .deadline = call.deadline};
  Answer answer = make(unheard, nobody, hold, budget);
  stream.complete(*answer.response);
  return answer;
}

}  // namespace polystore::read
