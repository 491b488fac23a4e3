#include "read/generation.hpp"

#include "polystore/error.hpp"

#include "values/check_response.hpp"

#include <chrono>
#include <string_view>
#include <utility>

namespace polystore::read {
namespace {

// Takes the chunks of a generator.
class Emitter {
 public:
  Emitter(const GenerationRun& run, Generated& generated) : run_(run), generated_(generated) {}

  void emit(std::string_view chunk) {
    if (chunk.empty()) return;
    text_.append(chunk);
    chunk_ends_.push_back(text_.size());
    generated_.streamed = true;
    if (run_.flight != nullptr) run_.flight->append(chunk);
    if (run_.relay != nullptr) run_.relay->append(chunk);
    if (run_.sink == nullptr || generated_.sink_failure) return;
    try {
      (*run_.sink)(chunk);
    } catch (...) {
      generated_.sink_failure = std::current_exception();
    }
  }

  void move_to(Response& response) {
    if (!generated_.streamed) return;
    if (!response.text.empty() && response.text != text_) {
      throw_invalid_argument("generate", "text",
                             "is another than the chunks that were emitted; leave it empty");
    }
    response.text = std::move(text_);
    response.chunk_ends = std::move(chunk_ends_);
  }

 private:
  const GenerationRun& run_;
  Generated& generated_;
  std::string text_;
  std::vector<std::size_t> chunk_ends_;
};

}  // namespace

Generated run_generator(const GenerationRun& run, Deadline deadline) {
  Generated generated;
  Emitter emitter(run, generated);
  const auto begin = Deadline::Clock::now();
  Response response =
      run.generate(deadline, [&emitter](std::string_view chunk) { emitter.emit(chunk); });
  const auto took = Deadline::Clock::now() - begin;
  emitter.move_to(response);
  if (response.usage.latency == std::chrono::microseconds(0)) {
    response.usage.latency = std::chrono::duration_cast<std::chrono::microseconds>(took);
  }
  values::check_response("generate", response);
  generated.response = std::make_shared<const Response>(std::move(response));
  return generated;
}

}  // namespace polystore::read
