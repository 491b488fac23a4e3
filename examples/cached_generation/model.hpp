#pragma once

#include <polystore/response_cache.hpp>

#include <cstddef>
#include <memory>
#include <string>

namespace cached_generation {

struct ModelOptions {
  std::string path{};           ///< A GGUF file with a chat template.
  std::size_t at_once = 2;      ///< Generations at once; further callers wait.
  unsigned threads_each = 1;    ///< Of one generation.
  std::size_t max_tokens = 32;  ///< Of an answer.
};

/// A chat model in this process, by llama.cpp. It always takes the most probable token, so that the
/// same prompt has the same answer. Threads: any.
class Model {
 public:
  /// Reads the file. Throws std::runtime_error.
  explicit Model(const ModelOptions& options);
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;
  ~Model();

  /// The file's name without its ending.
  [[nodiscard]] const std::string& name() const noexcept;

  /// The request for an answer of this model: all that the answer depends on.
  [[nodiscard]] polystore::Request request(const std::string& prompt) const;

  /// Answers, and hands each token's text to `emit` as it comes; the response has all but the text.
  /// Errors: invalid_argument (more tokens than the context holds), deadline_exceeded, internal.
  polystore::Response generate(const polystore::Request& request, polystore::Deadline deadline,
                               const polystore::ChunkSink& emit);

  /// How often generate was called.
  [[nodiscard]] std::size_t calls() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cached_generation
