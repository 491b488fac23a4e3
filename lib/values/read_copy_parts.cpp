#include "values/read_copy_parts.hpp"

#include "values/bson.hpp"

#include <cstdint>
#include <memory>

namespace polystore::values {
namespace {

// Appends the embedding without its numbers; false where there is none.
bool append_embedding_part(bson_t* to, const bson_t& read_copy) {
  bson_iter_t found;
  if (!bson_iter_init_find(&found, &read_copy, "embedding")) return false;
  if (!BSON_ITER_HOLDS_DOCUMENT(&found)) return false;
  std::uint32_t size = 0;
  const std::uint8_t* data = nullptr;
  bson_iter_document(&found, &size, &data);
  bson_t whole;
  bson_t part;
  if (!bson_init_static(&whole, data, size) ||
      !bson_append_document_begin(to, "embedding", -1, &part)) {
    return false;
  }
  bson_copy_to_excluding_noinit(&whole, &part, "values", nullptr);
  return bson_append_document_end(to, &part);
}

// False where there is none.
bool append_body_part(bson_t* to, const bson_t& read_copy) {
  bson_iter_t found;
  return bson_iter_init_find(&found, &read_copy, "body") && BSON_ITER_HOLDS_DOCUMENT(&found) &&
         bson_append_iter(to, nullptr, 0, &found);
}

}  // namespace

std::string search_json(std::span<const std::byte> read_copy, std::size_t most_bytes) {
  bson_t view;
  if (!view_bson(read_copy, view)) return {};
  const BsonOwner copy;
  bson_copy_to_excluding_noinit(&view, copy.get(), "_id", "embedding", nullptr);
  (void)append_embedding_part(copy.get(), view);
  std::size_t length = 0;
  const std::unique_ptr<char, decltype(&bson_free)> text(
      bson_as_relaxed_extended_json(copy.get(), &length), &bson_free);
  if (!text || length > most_bytes) return {};
  return {text.get(), length};
}

std::vector<std::byte> attached_part(std::span<const std::byte> read_copy) {
  bson_t view;
  bson_iter_t id;
  const BsonOwner part;
  if (!view_bson(read_copy, view) || !bson_iter_init_find(&id, &view, "_id") ||
      !bson_append_iter(part.get(), nullptr, 0, &id)) {
    return {};
  }
  const bool embedded = append_embedding_part(part.get(), view);
  const bool with_body = append_body_part(part.get(), view);
  return embedded || with_body ? copy_bytes(*part) : std::vector<std::byte>();
}

}  // namespace polystore::values
