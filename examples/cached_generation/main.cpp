// Asks a small chat model in this process (by llama.cpp) what people ask, with the repetition of
// real traffic: once each request calls the model, once polystore's cache stands in between.
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
// Without and with the cache are measured in turn, so that a machine that gets busier harms both.
constexpr std::size_t requests_in_turn = 20;
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

Run measure(const Trace& trace, Model& model, Progress& progress, const Ask& ask) {
  const std::size_t calls_before = model.calls();
  Run run = replay(trace, callers, ask, [&] { progress.step(); });
  run.model_calls = model.calls() - calls_before;
  return run;
}

// Calls the model.
polystore::Answer ask_model(Model& model, const std::string& prompt,
                            const polystore::ChunkSink& sink) {
  std::string text;
  const polystore::ChunkSink emit = [&](std::string_view chunk) {
    text += chunk;
    sink(chunk);
  };
  auto response = model.generate(model.request(prompt), Deadline::after(patience), emit);
  response.text = std::move(text);
  return {.response = std::make_shared<const polystore::Response>(std::move(response))};
}

// Asks the cache, which calls the model if it must.
polystore::Answer ask_cache(polystore::ResponseCache& cache, Model& model,
                            const std::string& prompt, const polystore::ChunkSink& sink) {
  const polystore::Request request = model.request(prompt);
  const auto generate = [&](Deadline deadline, const polystore::ChunkSink& emit) {
    return model.generate(request, deadline, emit);
  };
  return cache.stream(request, generate, sink, {.ttl = 1h}, Deadline::after(patience));
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

  auto store = polystore::ContentStore::open();
  Run without;
  Run with;
  {
    Progress progress(2 * trace.requests.size());
    for (const Trace& piece : pieces_of(trace, requests_in_turn)) {
      append(without, measure(piece, model, progress, [&](const auto& prompt, const auto& sink) {
               return ask_model(model, prompt, sink);
             }));
      append(with, measure(piece, model, progress, [&](const auto& prompt, const auto& sink) {
               return ask_cache(store.cache(), model, prompt, sink);
             }));
    }
  }
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
