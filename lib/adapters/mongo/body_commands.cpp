#include "adapters/mongo/body_commands.hpp"

#include "values/body_chunk.hpp"

#include <string>

namespace polystore::adapters::mongo {
namespace {

// {_id: {$gte: {b: body}, $lte: {b: body, n: MaxKey}}}, or of one chunk
// {_id: {$gte: {b: body, n: chunk}, $lte: {b: body, n: chunk, size: MaxKey}}}: a document sorts
// before those that it is the beginning of.
void append_chunk_filter(bson_t* to, const char* key, const ContentId& body,
                         std::optional<std::int32_t> chunk = {}) {
  bson_t filter;
  bson_t range;
  bson_t bound;
  require(bson_append_document_begin(to, key, -1, &filter) &&
          bson_append_document_begin(&filter, "_id", -1, &range) &&
          bson_append_document_begin(&range, "$gte", -1, &bound));
  append_id(&bound, "b", body);
  require((!chunk || bson_append_int32(&bound, "n", -1, *chunk)) &&
          bson_append_document_end(&range, &bound) &&
          bson_append_document_begin(&range, "$lte", -1, &bound));
  append_id(&bound, "b", body);
  require((!chunk || bson_append_int32(&bound, "n", -1, *chunk)) &&
          bson_append_maxkey(&bound, chunk ? "size" : "n", -1) &&
          bson_append_document_end(&range, &bound) && bson_append_document_end(&filter, &range) &&
          bson_append_document_end(to, &filter));
}

// Replaces the document of a key, or adds it. `append_key` and `append_rest` take a bson_t*.
template <class AppendKey, class AppendRest>
Bson upsert_command(const char* in, AppendKey append_key, AppendRest append_rest,
                    Deadline deadline) {
  Bson command = begin("update", in);
  append_write_concern(command.get(), deadline);
  bson_t list;
  bson_t statement;
  bson_t part;
  require(bson_append_array_begin(command.get(), "updates", -1, &list) &&
          bson_append_document_begin(&list, "0", -1, &statement) &&
          bson_append_document_begin(&statement, "q", -1, &part));
  append_key(&part);
  require(bson_append_document_end(&statement, &part) &&
          bson_append_document_begin(&statement, "u", -1, &part));
  append_key(&part);
  append_rest(&part);
  require(bson_append_document_end(&statement, &part) &&
          bson_append_bool(&statement, "upsert", -1, true) &&
          bson_append_document_end(&list, &statement) &&
          bson_append_array_end(command.get(), &list));
  return command;
}

// A field that the document must have.
bson_iter_t field_of(const bson_iter_t& document, const char* name, const char* in) {
  bson_iter_t field;
  if (!BSON_ITER_HOLDS_DOCUMENT(&document) || !bson_iter_recurse(&document, &field) ||
      !bson_iter_find(&field, name)) {
    fail_form(in);
  }
  return field;
}

std::int64_t number_of(const bson_iter_t& document, const char* name, const char* in) {
  const bson_iter_t field = field_of(document, name, in);
  if (!BSON_ITER_HOLDS_INT(&field)) fail_form(in);
  return bson_iter_as_int64(&field);
}

std::optional<std::span<const std::byte>> intact_bytes(const bson_iter_t& document) {
  bson_iter_t hash;
  bson_iter_t bytes;
  if (!BSON_ITER_HOLDS_DOCUMENT(&document) || !bson_iter_recurse(&document, &hash) ||
      !bson_iter_find(&hash, "hash") || !BSON_ITER_HOLDS_INT64(&hash) ||
      !bson_iter_recurse(&document, &bytes) || !bson_iter_find(&bytes, "bytes") ||
      !BSON_ITER_HOLDS_BINARY(&bytes)) {
    return std::nullopt;
  }
  bson_subtype_t subtype{};
  std::uint32_t size = 0;
  const std::uint8_t* data = nullptr;
  bson_iter_binary(&bytes, &subtype, &size, &data);
  const std::span found(reinterpret_cast<const std::byte*>(data), size);
  if (values::chunk_hash(found) != bson_iter_int64(&hash)) return std::nullopt;
  return found;
}

}  // namespace

Bson begin_body_command(const ports::BodyHeader& header, Deadline deadline) {
  return upsert_command(
      body_headers, [&](bson_t* to) { append_id(to, "_id", header.body); },
      [&](bson_t* to) {
        append_id(to, "content", header.content);
        require(bson_append_int64(to, "userId", -1, header.user_id));
      },
      deadline);
}

Bson write_chunk_command(const ContentId& body, std::int32_t chunk,
                         std::span<const std::byte> bytes, Deadline deadline) {
  const auto size = static_cast<std::uint32_t>(bytes.size());
  return upsert_command(
      body_chunks,
      [&](bson_t* to) {
        bson_t key;
        require(bson_append_document_begin(to, "_id", -1, &key));
        append_id(&key, "b", body);
        require(bson_append_int32(&key, "n", -1, chunk) &&
                bson_append_int32(&key, "size", -1, static_cast<std::int32_t>(size)) &&
                bson_append_document_end(to, &key));
      },
      [&](bson_t* to) {
        require(bson_append_int64(to, "hash", -1, values::chunk_hash(bytes)) &&
                bson_append_binary(to, "bytes", -1, BSON_SUBTYPE_BINARY,
                                   reinterpret_cast<const std::uint8_t*>(bytes.data()), size));
      },
      deadline);
}

Bson read_chunk_command(const ContentId& body, std::int32_t chunk) {
  Bson command = begin("find", body_chunks);
  append_chunk_filter(command.get(), "filter", body, chunk);
  require(bson_append_int32(command.get(), "limit", -1, 1) &&
          bson_append_bool(command.get(), "singleBatch", -1, true));
  append_read_concern(command.get());
  return command;
}

Bson measure_body_command(const ContentId& body) {
  Bson command = begin("aggregate", body_chunks);
  bson_t pipeline;
  bson_t stage;
  bson_t part;
  bson_t sum;
  require(bson_append_array_begin(command.get(), "pipeline", -1, &pipeline) &&
          bson_append_document_begin(&pipeline, "0", -1, &stage));
  append_chunk_filter(&stage, "$match", body);
  // Without the projection the server would read the chunks for a part of their keys.
  require(bson_append_document_end(&pipeline, &stage) &&
          bson_append_document_begin(&pipeline, "1", -1, &stage) &&
          bson_append_document_begin(&stage, "$project", -1, &part) &&
          bson_append_int32(&part, "_id", -1, 1) && bson_append_document_end(&stage, &part) &&
          bson_append_document_end(&pipeline, &stage) &&
          bson_append_document_begin(&pipeline, "2", -1, &stage) &&
          bson_append_document_begin(&stage, "$group", -1, &part) &&
          bson_append_null(&part, "_id", -1) &&
          bson_append_document_begin(&part, "chunks", -1, &sum) &&
          bson_append_int32(&sum, "$sum", -1, 1) && bson_append_document_end(&part, &sum) &&
          bson_append_document_begin(&part, "bytes", -1, &sum) &&
          bson_append_utf8(&sum, "$sum", -1, "$_id.size", -1) &&
          bson_append_document_end(&part, &sum) && bson_append_document_end(&stage, &part) &&
          bson_append_document_end(&pipeline, &stage) &&
          bson_append_array_end(command.get(), &pipeline) &&
          bson_append_document_begin(command.get(), "cursor", -1, &part) &&
          bson_append_document_end(command.get(), &part));
  append_read_concern(command.get());
  return command;
}

Bson erase_chunks_command(std::span<const ContentId> bodies, Deadline deadline) {
  Bson command = begin("delete", body_chunks);
  append_write_concern(command.get(), deadline);
  bson_t list;
  require(bson_append_array_begin(command.get(), "deletes", -1, &list));
  for (std::size_t i = 0; i < bodies.size(); ++i) {
    bson_t statement;
    require(bson_append_document_begin(&list, std::to_string(i).c_str(), -1, &statement));
    append_chunk_filter(&statement, "q", bodies[i]);
    require(bson_append_int32(&statement, "limit", -1, 0) &&
            bson_append_document_end(&list, &statement));
  }
  require(bson_append_array_end(command.get(), &list));
  return command;
}

Bson scan_bodies_command(const ContentId& after, std::size_t limit) {
  Bson command = begin("find", body_headers);
  append_page(command.get(), after, limit);
  return command;
}

std::optional<std::vector<std::byte>> parse_chunk(const bson_t& reply, const ContentId& body,
                                                  std::int32_t chunk) {
  bson_iter_t element = first_batch(reply);
  if (!bson_iter_next(&element)) return std::nullopt;
  const auto bytes = intact_bytes(element);
  if (!bytes) values::fail_chunk(Backend::mongo, body, chunk);
  return std::vector(bytes->begin(), bytes->end());
}

ports::BodySize parse_body_size(const bson_t& reply) {
  bson_iter_t element = first_batch(reply);
  if (!bson_iter_next(&element)) return {};
  return {.chunks = number_of(element, "chunks", body_chunks),
          .bytes = number_of(element, "bytes", body_chunks)};
}

std::vector<ports::BodyHeader> parse_bodies(const bson_t& reply) {
  bson_iter_t element = first_batch(reply);
  std::vector<ports::BodyHeader> found;
  while (bson_iter_next(&element)) {
    found.push_back({.body = parse_id(field_of(element, "_id", body_headers), body_headers),
                     .content = parse_id(field_of(element, "content", body_headers), body_headers),
                     .user_id = number_of(element, "userId", body_headers)});
  }
  return found;
}

}  // namespace polystore::adapters::mongo
