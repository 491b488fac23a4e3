// Asks a small chat model in this process (by llama.cpp) what people ask, with the repetition of
// real traffic: first each request calls the model, then polystore's cache stands in between.
// Shows that the answers are the same, and what is saved.
//   cached_generation MODEL.gguf GENERATIONS.jsonl RESULTS_FOLDER
// It uses the embedded default; with POLYSTORE_RESPONSES_URL and the other two, real servers.
#include "model.hpp"
#include "replay.hpp"
#include "report.hpp"
#include "trace.hpp"

#include <fmt/core.h>
#include <polystore/polystore.hpp>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <filesystem>

using namespace std::chrono_literals;
using namespace cached_generation;
using polystore::Deadline;

namespace {

constexpr std::size_t callers = 2;
constexpr auto patience = 5min;  // of a caller with one answer

// One line that is written over; in a log it does not appear.
class Progress {
 public:
  explicit Progress(std::size_t all) : all_(all), shown_(isatty(STDOUT_FILENO) != 0) {}
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress() {
    if (shown_) fmt::print("\r{:40}\r", "");
  }

  void step() {
    const std::size_t done = ++done_;
    if (!shown_) return;
    fmt::print("\r  answered {} of {}", done, all_);
    std::fflush(stdout);
  }

 private:
  std::size_t all_;
  bool shown_;
  std::atomic<std::size_t> done_{0};
};

Run measure(const Trace& trace, Model& model, const Ask& ask) {
  Progress progress(trace.requests.size());
  const std::size_t calls_before = model.calls();
  Run run = replay(trace, callers, ask, [&] { progress.step(); });
  run.model_calls = model.calls() - calls_before;
  return run;
}

Run run_without_cache(const Trace& trace, Model& model) {
  return measure(trace, model, [&](const std::string& prompt, const polystore::ChunkSink& sink) {
    std::string text;
    auto response = model.generate(model.request(prompt), Deadline::after(patience),
                                   [&](std::string_view chunk) {
                                     text += chunk;
                                     sink(chunk);
                                   });
    response.text = std::move(text);
    return polystore::Answer{.response =
                                 std::make_shared<const polystore::Response>(std::move(response))};
  });
}

Run run_with_cache(const Trace& trace, Model& model, polystore::ResponseCache& cache) {
  return measure(trace, model, [&](const std::string& prompt, const polystore::ChunkSink& sink) {
    const polystore::Request request = model.request(prompt);
    const auto generate = [&](Deadline deadline, const polystore::ChunkSink& emit) {
      return model.generate(request, deadline, emit);
    };
    return cache.stream(request, generate, sink, {.ttl = 1h}, Deadline::after(patience));
  });
}

// The first generation of a process touches all weights: it belongs to neither run.
void warm_up(Model& model) {
  const auto begin = Deadline::Clock::now();
  const auto response =
      model.generate(model.request("Say hello."), Deadline::after(patience), [](auto) {});
  fmt::print("first answer: {} tokens in {:.0f} ms\n", response.usage.completion_tokens,
             std::chrono::duration<double, std::milli>(Deadline::Clock::now() - begin).count());
}

void show_first(const Trace& trace, const Run& run) {
  const std::size_t prompt = trace.requests.front();
  std::string text;
  for (const std::string& chunk : run.answers.at(prompt)) text += chunk;
  std::replace(text.begin(), text.end(), '\n', ' ');
  fmt::print("first request: {}\n  answer: {}\n", trace.prompts[prompt], text);
}

void report(const Run& without, const Run& with, const std::string& folder) {
  const std::array summaries{summary_of("without cache", without), summary_of("with cache", with)};
  print_table(summaries);
  fmt::print("hit rate {:.1f} %, mean latency {:.1f} % lower with the cache\n",
             100 * summaries[1].hit_rate(), 100 * saved(summaries[0], summaries[1]));
  std::filesystem::create_directories(folder);
  write_summaries(folder + "/summary.jsonl", summaries);
  write_calls(folder + "/without_cache.csv", without);
  write_calls(folder + "/with_cache.csv", with);
}

void run(const std::string& model_path, const std::string& data_path, const std::string& folder) {
  const TraceOptions options;
  const Trace trace = make_trace(data_path, options);
  fmt::print("trace: {} requests by {} callers, {} of {} prompts, Zipf exponent {:.1f}\n",
             trace.requests.size(), callers, trace.distinct_prompts(), trace.prompts.size(),
             options.exponent);

  const auto begin = Deadline::Clock::now();
  Model model({.path = model_path, .at_once = callers});
  fmt::print("model: {}, loaded in {:.0f} ms\n", model.name(),
             std::chrono::duration<double, std::milli>(Deadline::Clock::now() - begin).count());
  warm_up(model);

  const Run without = run_without_cache(trace, model);
  auto store = polystore::ContentStore::open();
  const Run with = run_with_cache(trace, model, store.cache());

  show_first(trace, with);
  report(without, with, folder);
  const std::size_t equal = equal_answers(without, with);
  fmt::print("answers equal with and without the cache, chunk by chunk: {} of {} prompts\n", equal,
             without.answers.size());
  if (equal != without.answers.size()) throw std::runtime_error("the cache changed an answer");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    fmt::print(stderr, "usage: cached_generation MODEL.gguf GENERATIONS.jsonl RESULTS_FOLDER\n");
    return 2;
  }
  std::setvbuf(stdout, nullptr, _IOLBF, 0);  // a log shows each line when it is said, too
  try {
    run(argv[1], argv[2], argv[3]);
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "cached_generation: {}\n", error.what());
    return 1;
  }
}
