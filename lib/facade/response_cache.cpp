#include "facade/response_cache.hpp"

#include "polystore/error.hpp"

#include "facade/validate_cache.hpp"
#include "values/check_response.hpp"

#include <utility>

namespace polystore {

ResponseCache::Impl::Impl(const ResponseCacheParts& parts)
    : standard_deadline(parts.deadline),
      epochs(parts.epochs),
      store(parts.responses, epochs, parts.clock, parts.options),
      maker(store, parts.responses, counters, parts.options, parts.deadline) {
  epochs.before_forgetting([this] {
    store.drop_copies();
    maker.leave_flights();
  });
  store.start(parts.store_id, [this](const ports::EntryKey* key) { maker.changed(key); });
}

void ResponseCache::Impl::close() noexcept {
  closed = true;
  maker.close();
}

void ResponseCache::Impl::require_open(const char* operation) const {
  if (!closed && !stamp.inherited()) return;
  throw Error({.code = ErrorCode::closed,
               .operation = operation,
               .message =
                   "the store is closed, or belongs to the parent of this forked process; open a "
                   "new one"});
}

Answer ResponseCache::Impl::answer(const Request& request, const GenerateChunks& generate,
                                   const ChunkSink* sink, const CachePolicy& policy,
                                   Deadline deadline) {
  require_open("get_or_generate");
  if (!generate) throw_invalid_argument("get_or_generate", "generate", "must not be empty");
  facade::check_policy("get_or_generate", policy);
  const CacheKey key = CacheKey::of(request);
  return maker.answer({.key = key,
                       .generate = generate,
                       .policy = policy,
                       .sink = sink,
                       .account = counters.account_of(request.tenant, request.model),
                       .deadline = deadline});
}

Answer ResponseCache::get_or_generate(const Request& request, const Generate& generate,
                                      const CachePolicy& policy, std::optional<Deadline> deadline) {
  GenerateChunks whole;
  if (generate) {
    whole = [generate](Deadline end, const ChunkSink& /*emit*/) { return generate(end); };
  }
  return impl_->answer(request, whole, nullptr, policy, impl_->deadline_or_standard(deadline));
}

Answer ResponseCache::stream(const Request& request, const GenerateChunks& generate,
                             const ChunkSink& sink, const CachePolicy& policy,
                             std::optional<Deadline> deadline) {
  if (!sink) throw_invalid_argument("stream", "sink", "must not be empty");
  return impl_->answer(request, generate, &sink, policy, impl_->deadline_or_standard(deadline));
}

std::optional<Answer> ResponseCache::lookup(const CacheKey& key, std::optional<Deadline> deadline) {
  impl_->require_open("lookup");
  if (auto copy = impl_->maker.copy_of(key)) return copy;  // before the clock is read
  return impl_->maker.look_up(key, impl_->deadline_or_standard(deadline));
}

std::optional<Answer> ResponseCache::borrow(const CacheKey& key, const Request& request,
                                            Deadline deadline) {
  impl_->require_open("get_or_generate");
  return impl_->maker.borrow(key, impl_->counters.account_of(request.tenant, request.model),
                             deadline);
}

void ResponseCache::store_response(const CacheKey& key, const Response& response,
                                   const CachePolicy& policy, std::optional<Deadline> deadline) {
  impl_->require_open("store_response");
  values::check_response("store_response", response);
  facade::check_policy("store_response", policy);
  const read::Held held{.response = std::make_shared<const Response>(response)};
  impl_->store.store(key, held, policy, impl_->deadline_or_standard(deadline));
}

bool ResponseCache::invalidate(const CacheKey& key, std::optional<Deadline> deadline) {
  impl_->require_open("invalidate");
  return impl_->store.remove(key, impl_->deadline_or_standard(deadline));
}

InvalidationReceipt ResponseCache::invalidate(const Scope& scope,
                                              std::optional<Deadline> deadline) {
  impl_->require_open("invalidate");
  facade::check_scope("invalidate", scope);
  impl_->store.invalidate(scope, impl_->deadline_or_standard(deadline));
  return {};
}

InvalidationReceipt ResponseCache::count(const Scope& scope, std::optional<Deadline> deadline) {
  impl_->require_open("count");
  facade::check_scope("count", scope);
  return impl_->store.count(scope, impl_->deadline_or_standard(deadline));
}

std::uint64_t ResponseCache::forget_invalidations(std::chrono::milliseconds age,
                                                  std::optional<Deadline> deadline) {
  constexpr const char* operation = "forget invalidations";
  impl_->require_open(operation);
  facade::check_age(operation, age);
  return impl_->store.forget_invalidations(age, impl_->deadline_or_standard(deadline));
}

}  // namespace polystore
