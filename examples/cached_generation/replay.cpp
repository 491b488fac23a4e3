#include "replay.hpp"

#include <algorithm>
#include <atomic>
#include <future>
#include <mutex>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace cached_generation {

namespace {

using Clock = std::chrono::steady_clock;

void keep(Run& run, std::size_t prompt, const Chunks& chunks) {
  const auto [known, is_new] = run.answers.try_emplace(prompt, chunks);
  if (!is_new && known->second != chunks) {
    throw std::runtime_error("one prompt got two different answers");
  }
}

class Replay {
 public:
  Replay(const Trace& trace, const Ask& ask, const std::function<void()>& answered)
      : trace_(trace), ask_(ask), answered_(answered) {
    run_.calls.resize(trace.requests.size());
  }

  // One caller: asks what nobody has asked yet, until all is asked or a caller has failed.
  void take_requests(std::size_t caller) {
    try {
      for (std::size_t at = next_++; at < trace_.requests.size(); at = next_++) ask(at, caller);
    } catch (...) {
      next_ = trace_.requests.size();
      throw;
    }
  }

  Run result() && { return std::move(run_); }

 private:
  void ask(std::size_t at, std::size_t caller) {
    Call& call = run_.calls[at];
    call.caller = caller;
    call.prompt = trace_.requests[at];
    Chunks chunks;
    Clock::time_point first;
    const auto begin = Clock::now();
    const auto answer = ask_(trace_.prompts[call.prompt], [&](std::string_view chunk) {
      if (chunks.empty()) first = Clock::now();
      chunks.emplace_back(chunk);
    });
    const auto end = Clock::now();
    call.latency = end - begin;
    call.first_chunk = (chunks.empty() ? end : first) - begin;
    call.source = answer.source;
    call.joined = answer.joined;
    check(call.prompt, chunks, answer.response->text);
    answered_();
  }

  void check(std::size_t prompt, const Chunks& chunks, const std::string& text) {
    std::string joined;
    for (const std::string& chunk : chunks) joined += chunk;
    if (joined != text) throw std::runtime_error("the chunks of an answer are not its text");
    const std::lock_guard lock(mutex_);
    keep(run_, prompt, chunks);
  }

  const Trace& trace_;
  const Ask& ask_;
  const std::function<void()>& answered_;
  std::atomic<std::size_t> next_{0};
  std::mutex mutex_;
  Run run_;
};

}  // namespace

Run replay(const Trace& trace, std::size_t callers, const Ask& ask,
           const std::function<void()>& answered) {
  Replay replay(trace, ask, answered);
  const auto begin = Clock::now();
  std::vector<std::future<void>> done;
  for (std::size_t caller = 0; caller < callers; ++caller) {
    done.push_back(std::async(std::launch::async, [&, caller] { replay.take_requests(caller); }));
  }
  for (auto& caller : done) caller.wait();
  for (auto& caller : done) caller.get();
  Run run = std::move(replay).result();
  run.duration = Clock::now() - begin;
  return run;
}

void append(Run& run, const Run& next) {
  run.calls.insert(run.calls.end(), next.calls.begin(), next.calls.end());
  for (const auto& [prompt, chunks] : next.answers) keep(run, prompt, chunks);
  run.duration += next.duration;
  run.model_calls += next.model_calls;
}

std::size_t equal_answers(const Run& a, const Run& b) {
  return static_cast<std::size_t>(
      std::count_if(a.answers.begin(), a.answers.end(), [&](const auto& answer) {
        const auto other = b.answers.find(answer.first);
        return other != b.answers.end() && other->second == answer.second;
      }));
}

}  // namespace cached_generation
