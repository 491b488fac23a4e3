#include "values/content_hash.hpp"

#include "values/sha256.hpp"

#include <cstddef>
#include <span>

namespace polystore::values {
namespace {

void add(Sha256& hash, std::int64_t number) { hash.add_number(static_cast<std::uint64_t>(number)); }

}  // namespace

std::array<std::uint8_t, 32> content_hash(const Draft& draft) {
  Sha256 hash;
  hash.add_text("polystore content 1");
  hash.add_text(draft.title);
  hash.add_text(draft.model);
  add(hash, draft.user_id);
  add(hash, static_cast<std::int64_t>(draft.tags.size()));
  for (const auto& tag : draft.tags) hash.add_text(tag);
  add(hash, draft.usage.prompt_tokens);
  add(hash, draft.usage.completion_tokens);
  add(hash, std::int64_t{draft.usage.latency.count()});
  add(hash, std::int64_t{draft.generated_at ? 1 : 0});
  if (draft.generated_at) add(hash, std::int64_t{draft.generated_at->time_since_epoch().count()});
  const std::span<const std::byte> output = draft.output.bson();
  add(hash, static_cast<std::int64_t>(output.size()));
  hash.add_bytes(output.data(), output.size());
  return hash.finish();
}

}  // namespace polystore::values
