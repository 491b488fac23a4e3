#include "polystore/semantic_cache.hpp"

#include "polystore/content_store.hpp"
#include "polystore/error.hpp"
#include "polystore/limits.hpp"
#include "polystore/prompt_guard.hpp"

#include "semantic/neighbourhood.hpp"
#include "support/breaker.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <utility>

namespace polystore {

namespace {

using semantic::EmbeddedText;
using std::chrono::milliseconds;

constexpr milliseconds pause_after_failure{500};
constexpr std::string_view make_operation = "make a semantic cache";

SemanticOptions checked(SemanticOptions options) {
  const auto refuse = [](std::string_view field, const std::string& message) {
    throw_invalid_argument(make_operation, field, message);
  };
  if (!options.embedder) refuse("embedder", "must be there");
  if (options.embedder_model.empty() || options.embedder_model.size() > limits::model_characters) {
    refuse("embedder_model", "must have 1 to " + std::to_string(limits::model_characters) +
                                 " characters; name the embedder and its version");
  }
  if (!(options.threshold >= 0.5 && options.threshold <= 1)) {
    refuse("threshold", "must be 0.5 to 1; polystore calibrate finds it");
  }
  if (!(options.max_temperature >= 0)) refuse("max_temperature", "must be 0 or more");
  if (options.candidates < 1 || options.candidates > 16) refuse("candidates", "must be 1 to 16");
  if (options.budget < milliseconds(1) || options.budget > milliseconds(1000)) {
    refuse("budget", "must be 1 ms to 1 s");
  }
  if (options.deadline < milliseconds(1) || options.deadline > std::chrono::hours(1)) {
    refuse("deadline", "must be 1 ms to 1 h");
  }
  return options;
}

// What a caller has to mend, or what ends everything.
bool is_callers(const Error& error) {
  return error.code() == ErrorCode::invalid_argument || error.code() == ErrorCode::closed;
}

}  // namespace

struct SemanticCache::Impl {
  Impl(ContentStore& store, SemanticOptions made)
      : options(checked(std::move(made))),
        cache(store.cache()),
        neighbourhood(store.vectors(), options) {}

  SemanticAnswer answer(const Request& request, const Generate& generate, const CachePolicy& policy,
                        Deadline deadline);
  std::optional<EmbeddedText> embed(const Request& request, const CacheKey& key, Deadline deadline);
  std::optional<SemanticAnswer> find(const Request& request, const EmbeddedText& asked,
                                     Deadline deadline);
  std::optional<Answer> take(const Request& request, const std::string& text,
                             const semantic::Candidate& candidate, Deadline deadline);
  void add(EmbeddedText text, const CachePolicy& policy, Deadline deadline);
  template <class Call>
  void guarded(Call call);

  const SemanticOptions options;
  ResponseCache& cache;
  semantic::Neighbourhood neighbourhood;
  support::Breaker breaker{pause_after_failure};
  struct {
    std::atomic<std::uint64_t> hits{0};
    std::atomic<std::uint64_t> misses{0};
    std::atomic<std::uint64_t> refused_by_guard{0};
    std::atomic<std::uint64_t> refused_by_feedback{0};
    std::atomic<std::uint64_t> failures{0};
  } counts;
};

// Runs what needs the vector store, once the breaker allows it. Its failures cost hits alone.
template <class Call>
void SemanticCache::Impl::guarded(Call call) {
  try {
    call();
    breaker.succeeded();
  } catch (const Error& error) {
    if (is_callers(error)) throw;
    breaker.failed();
    ++counts.failures;
  }
}

SemanticAnswer SemanticCache::Impl::answer(const Request& request, const Generate& generate,
                                           const CachePolicy& policy, Deadline deadline) {
  const CacheKey key = CacheKey::of(request);
  if (auto answer = cache.lookup(key, deadline)) return {.answer = std::move(*answer)};
  auto asked = embed(request, key, deadline);
  if (asked) {
    if (auto found = find(request, *asked, deadline)) return std::move(*found);
  }
  SemanticAnswer made{.answer = cache.get_or_generate(request, generate, policy, deadline)};
  const bool is_ours = made.answer.source == Source::generated && !made.answer.joined;
  if (asked && is_ours) add(std::move(*asked), policy, deadline);
  return made;
}

std::optional<EmbeddedText> SemanticCache::Impl::embed(const Request& request, const CacheKey& key,
                                                       Deadline deadline) {
  auto question = semantic::question_of(request, options.max_temperature);
  // While the vector store is down an embedding is of no use.
  if (!question || !breaker.allows()) return std::nullopt;
  try {
    auto values = options.embedder(question->text, deadline);
    return EmbeddedText{.tenant = request.tenant,
                        .question = std::move(*question),
                        .key = key.to_string(),
                        .values = std::move(values)};
  } catch (const std::exception&) {
    ++counts.failures;
    return std::nullopt;
  }
}

std::optional<SemanticAnswer> SemanticCache::Impl::find(const Request& request,
                                                        const EmbeddedText& asked,
                                                        Deadline deadline) {
  std::optional<SemanticAnswer> found;
  const auto visit = [&](const semantic::Candidate& candidate, Deadline end) {
    auto answer = take(request, asked.question.text, candidate, end);
    if (!answer) return false;
    found = {
        .answer = std::move(*answer),
        .hit = SemanticHit{
            .entry = candidate.entry, .text = candidate.text, .similarity = candidate.similarity}};
    return true;
  };
  guarded([&] {
    const Deadline end = deadline.within(options.budget);
    const auto became = neighbourhood.visit(
        asked, [&](const semantic::Candidate& candidate) { return visit(candidate, end); }, end);
    if (became == semantic::Neighbourhood::Found::refused) ++counts.refused_by_feedback;
    ++(found ? counts.hits : counts.misses);
  });
  return found;
}

// The candidate's answer, if it may be given and is there.
std::optional<Answer> SemanticCache::Impl::take(const Request& request, const std::string& text,
                                                const semantic::Candidate& candidate,
                                                Deadline deadline) {
  if (prompt_difference(text, candidate.text) != PromptDifference::none) {
    ++counts.refused_by_guard;
    return std::nullopt;
  }
  const CacheKey key = CacheKey::of(semantic::with_text(request, candidate.text));
  if (key.to_string() != candidate.entry) return std::nullopt;  // another version's
  return cache.borrow(key, request, deadline);
}

void SemanticCache::Impl::add(EmbeddedText text, const CachePolicy& policy, Deadline deadline) {
  if (!breaker.allows()) return;
  guarded([&] { neighbourhood.add(std::move(text), policy.ttl, deadline.within(options.budget)); });
}

SemanticCache::SemanticCache(ContentStore& store, SemanticOptions options)
    : impl_(std::make_unique<Impl>(store, std::move(options))) {}
SemanticCache::~SemanticCache() = default;

SemanticAnswer SemanticCache::get_or_generate(const Request& request, const Generate& generate,
                                              const CachePolicy& policy,
                                              std::optional<Deadline> deadline) {
  return impl_->answer(request, generate, policy,
                       deadline ? *deadline : Deadline::after(impl_->options.deadline));
}

void SemanticCache::report_false_hit(const Request& request, const SemanticHit& hit,
                                     std::optional<Deadline> deadline) {
  constexpr std::string_view operation = "report a false hit";
  const Deadline end = deadline ? *deadline : Deadline::after(impl_->options.deadline);
  const auto question = semantic::question_of(request, impl_->options.max_temperature);
  if (!question) {
    throw_invalid_argument(operation, "request",
                           "is none that can have a hit; give the one that had");
  }
  const CacheKey entry = CacheKey::of(semantic::with_text(request, hit.text));
  if (entry.to_string() != hit.entry) {
    throw_invalid_argument(operation, "entry",
                           "is not of the request; give the hit as get_or_generate gave it");
  }
  auto values = impl_->options.embedder(question->text, end);
  impl_->neighbourhood.refuse(hit.entry,
                              {.tenant = request.tenant,
                               .question = *question,
                               .key = CacheKey::of(request).to_string(),
                               .values = std::move(values)},
                              end);
}

SemanticStatus SemanticCache::status() const noexcept {
  const auto& counts = impl_->counts;
  return {.hits = counts.hits,
          .misses = counts.misses,
          .refused_by_guard = counts.refused_by_guard,
          .refused_by_feedback = counts.refused_by_feedback,
          .failures = counts.failures};
}

}  // namespace polystore
