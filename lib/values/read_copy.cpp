#include "values/read_copy.hpp"

#include "polystore/error.hpp"
#include "polystore/limits.hpp"

#include "values/bson.hpp"

#include <cstring>
#include <string>

namespace polystore::values {
namespace {

[[noreturn]] void fail_damaged() {
  throw Error({.code = ErrorCode::data_loss,
               .operation = "read a content",
               .message = "its stored copy is damaged or was written by something else"});
}

bool append_text(bson_t* to, const char* key, const std::string& text) {
  return bson_append_utf8(to, key, -1, text.data(), static_cast<int>(text.size()));
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

// Reads the fields of one object, each of the type it must have.
class Fields {
 public:
  explicit Fields(const bson_t& bson) : bson_(bson) {}

  [[nodiscard]] bson_iter_t at(const char* key, bson_type_t type) const {
    bson_iter_t iter;
    if (!bson_iter_init_find(&iter, &bson_, key) || bson_iter_type(&iter) != type) fail_damaged();
    return iter;
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

ContentId read_id(const Fields& fields) {
  const bson_iter_t iter = fields.at("_id", BSON_TYPE_BINARY);
  bson_subtype_t subtype{};
  std::uint32_t size = 0;
  const std::uint8_t* data = nullptr;
  bson_iter_binary(&iter, &subtype, &size, &data);
  ContentId::Bytes bytes{};
  if (subtype != BSON_SUBTYPE_UUID || size != bytes.size()) fail_damaged();
  std::memcpy(bytes.data(), data, bytes.size());
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

}  // namespace

std::vector<std::byte> encode_read_copy(const Metadata& metadata, const Document& output,
                                        std::string_view operation) {
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
                    append_tags(copy.get(), metadata.tags) &&
                    append_usage(copy.get(), metadata.usage) &&
                    bson_append_document(copy.get(), "output", -1, &view);
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
      .generated_at = Timestamp(std::chrono::milliseconds(bson_iter_date_time(&date))),
      .tags = read_tags(fields.object("tags", BSON_TYPE_ARRAY)),
      .usage = read_usage(fields.object("usage", BSON_TYPE_DOCUMENT)),
  };
  try {
    content.output = Document::from_bson(fields.object("output", BSON_TYPE_DOCUMENT));
  } catch (const Error&) {
    fail_damaged();
  }
  return content;
}

}  // namespace polystore::values
