#include "model.hpp"

#include <llama-cpp.h>
#include <polystore/pool.hpp>

#include <array>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <utility>
#include <vector>

using polystore::Deadline;
using polystore::Error;
using polystore::ErrorCode;

namespace cached_generation {

namespace {

constexpr std::size_t context_tokens = 512;
constexpr std::size_t longest_piece = 256;

void log_errors_only(ggml_log_level level, const char* text, void*) {
  if (level == GGML_LOG_LEVEL_ERROR) std::fputs(text, stderr);
}

[[noreturn]] void fail(ErrorCode code, const char* message) {
  throw Error({.code = code, .operation = "generate", .message = message});
}

llama_model_ptr load(const std::string& path) {
  llama_log_set(log_errors_only, nullptr);
  llama_backend_init();
  llama_model_ptr model(llama_model_load_from_file(path.c_str(), llama_model_default_params()));
  if (!model) throw std::runtime_error("llama.cpp cannot load the model " + path);
  if (llama_model_chat_template(model.get(), nullptr) == nullptr) {
    throw std::runtime_error("the model has no chat template: " + path);
  }
  return model;
}

// The state of one generation at a time. The weights are the model's, which outlives it.
class Session {
 public:
  Session(llama_model* model, unsigned threads)
      : vocabulary_(llama_model_get_vocab(model)), sampler_(llama_sampler_init_greedy()) {
    llama_context_params parameters = llama_context_default_params();
    parameters.n_ctx = context_tokens;
    parameters.n_batch = context_tokens;
    parameters.n_threads = static_cast<std::int32_t>(threads);
    parameters.n_threads_batch = parameters.n_threads;
    context_.reset(llama_init_from_model(model, parameters));
    if (!context_ || !sampler_) fail(ErrorCode::internal, "llama.cpp gave no context");
  }

  [[nodiscard]] std::vector<llama_token> tokens_of(const std::string& text) const {
    std::vector<llama_token> tokens(text.size() + 1);  // a token has a byte at least
    const std::int32_t count =
        llama_tokenize(vocabulary_, text.data(), static_cast<std::int32_t>(text.size()),
                       tokens.data(), static_cast<std::int32_t>(tokens.size()), true, true);
    if (count <= 0) fail(ErrorCode::internal, "llama.cpp cannot tokenize the prompt");
    tokens.resize(static_cast<std::size_t>(count));
    return tokens;
  }

  void forget() { llama_memory_clear(llama_get_memory(context_.get()), true); }

  // Reads the tokens and returns the one that follows.
  llama_token next_after(std::vector<llama_token>& tokens) {
    const auto count = static_cast<std::int32_t>(tokens.size());
    if (llama_decode(context_.get(), llama_batch_get_one(tokens.data(), count)) != 0) {
      fail(ErrorCode::internal, "llama.cpp cannot go on with the answer");
    }
    return llama_sampler_sample(sampler_.get(), context_.get(), -1);
  }

  [[nodiscard]] bool ends_answer(llama_token token) const {
    return llama_vocab_is_eog(vocabulary_, token);
  }

  [[nodiscard]] std::string text_of(llama_token token) const {
    std::array<char, longest_piece> piece{};
    const std::int32_t size = llama_token_to_piece(
        vocabulary_, token, piece.data(), static_cast<std::int32_t>(piece.size()), 0, false);
    if (size < 0) fail(ErrorCode::internal, "llama.cpp gave a token that is too long");
    return {piece.data(), static_cast<std::size_t>(size)};
  }

 private:
  const llama_vocab* vocabulary_;
  llama_context_ptr context_;
  llama_sampler_ptr sampler_;
};

}  // namespace

struct Model::Impl {
  explicit Impl(const ModelOptions& options)
      : max_tokens(options.max_tokens),
        name(std::filesystem::path(options.path).stem().string()),
        model(load(options.path)),
        sessions(
            {.max_size = options.at_once},
            [this, threads = options.threads_each](Deadline) {
              return std::make_unique<Session>(model.get(), threads);
            },
            [](Session&) { return true; }) {}

  [[nodiscard]] std::string in_chat_form(const std::vector<polystore::Message>& messages) const {
    std::vector<llama_chat_message> turns;
    std::size_t size = 0;
    for (const polystore::Message& message : messages) {
      turns.push_back({message.role.c_str(), message.content.c_str()});
      size += message.role.size() + message.content.size() + 64;
    }
    std::string text(size, '\0');
    const std::int32_t length = llama_chat_apply_template(
        llama_model_chat_template(model.get(), nullptr), turns.data(), turns.size(), true,
        text.data(), static_cast<std::int32_t>(text.size()));
    if (length < 0 || static_cast<std::size_t>(length) > text.size()) {
      fail(ErrorCode::internal, "llama.cpp does not know the model's chat template");
    }
    text.resize(static_cast<std::size_t>(length));
    return text;
  }

  std::size_t max_tokens;
  std::string name;
  std::atomic<std::size_t> calls{0};
  llama_model_ptr model;
  polystore::Pool<Session> sessions;
};

Model::Model(const ModelOptions& options) : impl_(std::make_unique<Impl>(options)) {}
Model::~Model() = default;

const std::string& Model::name() const noexcept { return impl_->name; }
std::size_t Model::calls() const noexcept { return impl_->calls; }

polystore::Request Model::request(const std::string& prompt) const {
  return {
      .tenant = polystore::Tenant::shared(),
      .model = impl_->name,
      .messages = {{.role = "system", .content = "You are a concise assistant."},
                   {.role = "user", .content = prompt}},
      .sampling = {.temperature = 0, .max_tokens = static_cast<std::int64_t>(impl_->max_tokens)}};
}

polystore::Response Model::generate(const polystore::Request& request, Deadline deadline,
                                    const polystore::ChunkSink& emit) {
  ++impl_->calls;
  const auto session = impl_->sessions.acquire(deadline);
  const auto begin = Deadline::Clock::now();
  session->forget();
  std::vector<llama_token> tokens = session->tokens_of(impl_->in_chat_form(request.messages));
  const auto wanted = request.sampling.max_tokens.value_or(0);
  if (wanted < 1 || tokens.size() + static_cast<std::size_t>(wanted) > context_tokens) {
    polystore::throw_invalid_argument(
        "generate", "sampling.max_tokens",
        "it is at least 1, and 512 with the prompt at most; ask for less or shorten the messages");
  }
  polystore::Response response{
      .finish_reason = "length",
      .usage = {.prompt_tokens = static_cast<std::int64_t>(tokens.size())}};
  while (response.usage.completion_tokens < wanted) {
    if (deadline.expired()) {
      fail(ErrorCode::deadline_exceeded, "the answer was not ready by the deadline");
    }
    const llama_token token = session->next_after(tokens);
    if (session->ends_answer(token)) {
      response.finish_reason = "stop";
      break;
    }
    if (const std::string text = session->text_of(token); !text.empty()) emit(text);
    ++response.usage.completion_tokens;
    tokens.assign(1, token);
  }
  response.usage.latency =
      std::chrono::duration_cast<std::chrono::microseconds>(Deadline::Clock::now() - begin);
  return response;
}

}  // namespace cached_generation
