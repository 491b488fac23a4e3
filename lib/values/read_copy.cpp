#include "values/read_copy.hpp"

#include "polystore/error.hpp"
#include "polystore/limits.hpp"

#include "values/bson.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string>

namespace polystore::values {
namespace {

constexpr const char* embedding_field = "embedding";
constexpr const char* body_field = "body";

[[noreturn]] void fail_damaged() {
  throw Error({.code = ErrorCode::data_loss,
               .operation = "read a content",
               .message = "its stored copy is damaged or was written by something else"});
}

bool append_text(bson_t* to, const char* key, const std::string& text) {
  return bson_append_utf8(to, key, -1, text.data(), static_cast<int>(text.size()));
}

bool append_tenant(bson_t* to, const Tenant& tenant) {
  return tenant.is_shared() || append_text(to, "tenant", tenant.name());
}

bool append_tags(bson_t* to, const std::vector<std::string>& tags) {
  bson_t array;
  bool good = bson_append_array_begin(to, "tags", -1, &array);
  for (std::size_t i = 0; good && i < tags.size(); ++i) {
    good = append_text(&array, std::to_string(i).c_str(), tags[i]);
  }
  return good && bson_append_array_end(to, &array);
}

bool append_usage(bson_t* to, const Usage& usage) {
  bson_t object;
  return bson_append_document_begin(to, "usage", -1, &object) &&
         bson_append_int64(&object, "promptTokens", -1, usage.prompt_tokens) &&
         bson_append_int64(&object, "completionTokens", -1, usage.completion_tokens) &&
         bson_append_int64(&object, "latencyMicros", -1, usage.latency.count()) &&
         bson_append_document_end(to, &object);
}

bool append_embedding(bson_t* to, const std::optional<Embedding>& embedding) {
  if (!embedding) return true;
  std::vector<std::uint8_t> numbers;
  numbers.reserve(embedding->values.size() * sizeof(float));
  for (const float value : embedding->values) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    for (int shift = 0; shift < 32; shift += 8) {
      numbers.push_back(static_cast<std::uint8_t>(bits >> shift));
    }
  }
  bson_t object;
  return bson_append_document_begin(to, embedding_field, -1, &object) &&
         append_tenant(&object, embedding->tenant) &&
         append_text(&object, "space", embedding->space) &&
         append_text(&object, "model", embedding->model) &&
         bson_append_binary(&object, "values", -1, BSON_SUBTYPE_BINARY, numbers.data(),
                            static_cast<std::uint32_t>(numbers.size())) &&
         bson_append_document_end(to, &object);
}

bool append_body(bson_t* to, const std::optional<Body>& body) {
  if (!body) return true;
  bson_t object;
  return bson_append_document_begin(to, body_field, -1, &object) &&
         bson_append_binary(&object, "id", -1, BSON_SUBTYPE_UUID, body->id.bytes().data(),
                            ContentId::size_bytes) &&
         bson_append_int64(&object, "bytes", -1, body->size_bytes) &&
         append_text(&object, "type", body->media_type) &&
         bson_append_binary(&object, "sha256", -1, BSON_SUBTYPE_BINARY, body->sha256.data(),
                            static_cast<std::uint32_t>(body->sha256.size())) &&
         bson_append_document_end(to, &object);
}

// Reads the fields of one object, each of the type it must have.
class Fields {
 public:
  explicit Fields(const bson_t& bson) : bson_(bson) {}

  [[nodiscard]] bson_iter_t at(const char* key, bson_type_t type) const {
    bson_iter_t iter;
    if (!bson_iter_init_find(&iter, &bson_, key) || bson_iter_type(&iter) != type) fail_damaged();
    return iter;
  }
  [[nodiscard]] bool has(const char* key) const {
    bson_iter_t iter;
    return bson_iter_init_find(&iter, &bson_, key);
  }
  [[nodiscard]] std::string text(const char* key) const {
    const bson_iter_t iter = at(key, BSON_TYPE_UTF8);
    std::uint32_t size = 0;
    const char* data = bson_iter_utf8(&iter, &size);
    return {data, size};
  }
  [[nodiscard]] std::int64_t integer(const char* key) const {
    const bson_iter_t iter = at(key, BSON_TYPE_INT64);
    return bson_iter_int64(&iter);
  }
  [[nodiscard]] std::span<const std::uint8_t> binary(const char* key, bson_subtype_t kind) const {
    const bson_iter_t iter = at(key, BSON_TYPE_BINARY);
    bson_subtype_t subtype{};
    std::uint32_t size = 0;
    const std::uint8_t* data = nullptr;
    bson_iter_binary(&iter, &subtype, &size, &data);
    if (subtype != kind) fail_damaged();
    return {data, size};
  }
  [[nodiscard]] std::span<const std::byte> object(const char* key, bson_type_t type) const {
    const bson_iter_t iter = at(key, type);
    std::uint32_t size = 0;
    const std::uint8_t* data = nullptr;
    if (type == BSON_TYPE_ARRAY) {
      bson_iter_array(&iter, &size, &data);
    } else {
      bson_iter_document(&iter, &size, &data);
    }
    return {reinterpret_cast<const std::byte*>(data), size};
  }

 private:
  const bson_t& bson_;
};

ContentId read_id(const Fields& fields, const char* key = "_id") {
  ContentId::Bytes bytes{};
  const auto binary = fields.binary(key, BSON_SUBTYPE_UUID);
  if (binary.size() != bytes.size()) fail_damaged();
  std::memcpy(bytes.data(), binary.data(), bytes.size());
  return ContentId::from_bytes(bytes);
}

std::vector<std::string> read_tags(std::span<const std::byte> array) {
  bson_t view;
  bson_iter_t iter;
  if (!view_bson(array, view) || !bson_iter_init(&iter, &view)) fail_damaged();
  std::vector<std::string> tags;
  while (bson_iter_next(&iter)) {
    if (!BSON_ITER_HOLDS_UTF8(&iter)) fail_damaged();
    std::uint32_t size = 0;
    const char* data = bson_iter_utf8(&iter, &size);
    tags.emplace_back(data, size);
  }
  return tags;
}

Usage read_usage(std::span<const std::byte> object) {
  bson_t view;
  if (!view_bson(object, view)) fail_damaged();
  const Fields fields(view);
  return {.prompt_tokens = fields.integer("promptTokens"),
          .completion_tokens = fields.integer("completionTokens"),
          .latency = std::chrono::microseconds(fields.integer("latencyMicros"))};
}

std::vector<float> read_numbers(const Fields& fields) {
  const auto data = fields.binary("values", BSON_SUBTYPE_BINARY);
  if (data.empty() || data.size() % sizeof(float) != 0) fail_damaged();
  std::vector<float> values;
  values.reserve(data.size() / sizeof(float));
  for (std::size_t at = 0; at < data.size(); at += 4) {
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 4; ++i) bits |= std::uint32_t{data[at + i]} << (8 * i);
    values.push_back(std::bit_cast<float>(bits));
  }
  return values;
}

Tenant read_tenant(const Fields& fields) {
  return fields.has("tenant") ? Tenant::named(fields.text("tenant")) : Tenant::shared();
}

Embedding read_embedding(std::span<const std::byte> object) {
  bson_t view;
  if (!view_bson(object, view)) fail_damaged();
  const Fields fields(view);
  return {.tenant = read_tenant(fields),
          .values = read_numbers(fields),
          .space = fields.text("space"),
          .model = fields.text("model")};
}

Body read_body(std::span<const std::byte> object) {
  bson_t view;
  if (!view_bson(object, view)) fail_damaged();
  const Fields fields(view);
  Body body{.id = read_id(fields, "id"),
            .size_bytes = fields.integer("bytes"),
            .media_type = fields.text("type")};
  const auto hash = fields.binary("sha256", BSON_SUBTYPE_BINARY);
  if (hash.size() != body.sha256.size() || body.size_bytes < 0 ||
      body.size_bytes > limits::body_bytes) {
    fail_damaged();
  }
  std::ranges::copy(hash, body.sha256.begin());
  return body;
}

std::optional<Body> read_body(const Fields& fields) {
  if (!fields.has(body_field)) return std::nullopt;
  return read_body(fields.object(body_field, BSON_TYPE_DOCUMENT));
}

}  // namespace

bool has_embedding(std::span<const std::byte> bson) noexcept {
  bson_t view;
  return view_bson(bson, view) && Fields(view).has(embedding_field);
}

std::optional<std::int64_t> user_of_read_copy(std::span<const std::byte> bson) noexcept {
  bson_t view;
  bson_iter_t user;
  if (!view_bson(bson, view) || !bson_iter_init_find(&user, &view, "userId") ||
      !BSON_ITER_HOLDS_INT64(&user)) {
    return std::nullopt;
  }
  return bson_iter_int64(&user);
}

std::optional<Body> body_of_read_copy(std::span<const std::byte> bson) {
  bson_t view;
  if (!view_bson(bson, view)) fail_damaged();
  return read_body(Fields(view));
}

VectorName embedding_name(std::span<const std::byte> bson) {
  bson_t view;
  if (!view_bson(bson, view)) fail_damaged();
  const Fields fields(view);
  bson_t embedding;
  if (!view_bson(fields.object(embedding_field, BSON_TYPE_DOCUMENT), embedding)) fail_damaged();
  const Fields names(embedding);
  return {.tenant = read_tenant(names),
          .id = read_id(fields).to_string(),
          .space = names.text("space")};
}

std::vector<std::byte> encode_read_copy(const Metadata& metadata, const Document& output,
                                        std::string_view operation,
                                        const std::optional<Embedding>& embedding,
                                        const std::optional<Body>& body) {
  const BsonOwner copy;
  bson_t view;
  const bool good = view_bson(output.bson(), view) &&
                    bson_append_binary(copy.get(), "_id", -1, BSON_SUBTYPE_UUID,
                                       metadata.id.bytes().data(), ContentId::size_bytes) &&
                    bson_append_int64(copy.get(), "version", -1, metadata.version) &&
                    append_text(copy.get(), "title", metadata.title) &&
                    append_text(copy.get(), "modelUsed", metadata.model) &&
                    bson_append_date_time(copy.get(), "generatedAt", -1,
                                          metadata.generated_at.time_since_epoch().count()) &&
                    bson_append_int64(copy.get(), "userId", -1, metadata.user_id) &&
                    append_tenant(copy.get(), metadata.tenant) &&
                    append_tags(copy.get(), metadata.tags) &&
                    append_usage(copy.get(), metadata.usage) &&
                    bson_append_document(copy.get(), "output", -1, &view) &&
                    append_embedding(copy.get(), embedding) && append_body(copy.get(), body);
  if (!good || copy->len > limits::content_bytes) {
    throw_invalid_argument(operation, "output",
                           "makes a document of more than " +
                               std::to_string(limits::content_bytes) +
                               " bytes together with its metadata; store less, or split it");
  }
  return copy_bytes(*copy);
}

Content decode_read_copy(std::span<const std::byte> bson) {
  bson_t view;
  if (!view_bson(bson, view)) fail_damaged();
  const Fields fields(view);
  const bson_iter_t date = fields.at("generatedAt", BSON_TYPE_DATE_TIME);
  Content content;
  content.metadata = {
      .id = read_id(fields),
      .version = fields.integer("version"),
      .title = fields.text("title"),
      .model = fields.text("modelUsed"),
      .user_id = fields.integer("userId"),
      .tenant = read_tenant(fields),
      .generated_at = Timestamp(std::chrono::milliseconds(bson_iter_date_time(&date))),
      .tags = read_tags(fields.object("tags", BSON_TYPE_ARRAY)),
      .usage = read_usage(fields.object("usage", BSON_TYPE_DOCUMENT)),
  };
  try {
    content.output = Document::from_bson(fields.object("output", BSON_TYPE_DOCUMENT));
  } catch (const Error&) {
    fail_damaged();
  }
  if (fields.has(embedding_field)) {
    content.embedding = read_embedding(fields.object(embedding_field, BSON_TYPE_DOCUMENT));
  }
  content.body = read_body(fields);
  return content;
}

}  // namespace polystore::values
