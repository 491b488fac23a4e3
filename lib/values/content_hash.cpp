#include "values/content_hash.hpp"

#include "values/sha256.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

namespace polystore::values {
namespace {

void add(Sha256& hash, std::int64_t number) { hash.add_number(static_cast<std::uint64_t>(number)); }

void add_embedding(Sha256& hash, const Embedding& embedding) {
  hash.add_text("embedding");
  add(hash, std::int64_t{embedding.tenant.is_shared() ? 1 : 0});
  hash.add_text(embedding.tenant.name());
  hash.add_text(embedding.space);
  hash.add_text(embedding.model);
  add(hash, static_cast<std::int64_t>(embedding.values.size()));
  for (const float value : embedding.values) {
    add(hash, std::int64_t{std::bit_cast<std::uint32_t>(value)});
  }
}

void add_body(Sha256& hash, const Body& body) {
  hash.add_text("body");
  add(hash, body.size_bytes);
  hash.add_text(body.media_type);
  hash.add_bytes(body.sha256.data(), body.sha256.size());
}

}  // namespace

std::array<std::uint8_t, 32> content_hash(const Draft& draft, const std::optional<Body>& body) {
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
  // A draft without one hashes as it did before there were embeddings.
  if (draft.embedding) add_embedding(hash, *draft.embedding);
  if (!draft.tenant.is_shared()) {  // likewise
    hash.add_text("tenant");
    hash.add_text(draft.tenant.name());
  }
  if (body) add_body(hash, *body);
  return hash.finish();
}

}  // namespace polystore::values
