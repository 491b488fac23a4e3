#include "adapters/mongo/command_parts.hpp"

#include "polystore/error.hpp"
#include "polystore/mongo/write_reply.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <string>

namespace polystore::adapters::mongo {
namespace {

// The server gives up waiting for other servers a little earlier than we do.
constexpr std::chrono::milliseconds write_concern_margin{20};

}  // namespace

void require(bool good) {
  if (good) return;
  throw Error({.code = ErrorCode::internal,
               .backend = Backend::mongo,
               .operation = "build a command",
               .message = "the command is too large"});
}

Bson begin(const char* command, const char* in) {
  Bson bson;
  require(bson_append_utf8(bson.get(), command, -1, in, -1));
  return bson;
}

void append_id(bson_t* to, const char* key, const ContentId& id) {
  require(
      bson_append_binary(to, key, -1, BSON_SUBTYPE_UUID, id.bytes().data(), ContentId::size_bytes));
}

void append_id_filter(bson_t* to, const char* key, std::span<const ContentId> ids) {
  bson_t filter;
  bson_t id_field;
  bson_t list;
  require(bson_append_document_begin(to, key, -1, &filter) &&
          bson_append_document_begin(&filter, "_id", -1, &id_field) &&
          bson_append_array_begin(&id_field, "$in", -1, &list));
  for (std::size_t i = 0; i < ids.size(); ++i) append_id(&list, std::to_string(i).c_str(), ids[i]);
  require(bson_append_array_end(&id_field, &list) && bson_append_document_end(&filter, &id_field) &&
          bson_append_document_end(to, &filter));
}

void append_page(bson_t* to, const ContentId& after, std::size_t limit) {
  ContentId::Bytes highest{};
  highest.fill(0xFF);
  bson_t filter;
  bson_t range;
  bson_t sort;
  require(bson_append_document_begin(to, "filter", -1, &filter) &&
          bson_append_document_begin(&filter, "_id", -1, &range));
  // Both ends: keys of other lengths and kinds sort outside.
  append_id(&range, "$gt", after);
  append_id(&range, "$lte", ContentId::from_bytes(highest));
  const auto size = static_cast<std::int32_t>(limit);
  require(bson_append_document_end(&filter, &range) && bson_append_document_end(to, &filter) &&
          bson_append_document_begin(to, "sort", -1, &sort) &&
          bson_append_int32(&sort, "_id", -1, 1) && bson_append_document_end(to, &sort) &&
          bson_append_int32(to, "limit", -1, size) &&
          bson_append_int32(to, "batchSize", -1, size) &&
          bson_append_bool(to, "singleBatch", -1, true));
  append_read_concern(to);
}

void append_read_concern(bson_t* to) {
  bson_t concern;
  require(bson_append_document_begin(to, "readConcern", -1, &concern) &&
          bson_append_utf8(&concern, "level", -1, "majority", -1) &&
          bson_append_document_end(to, &concern));
}

void append_write_concern(bson_t* to, Deadline deadline) {
  const int time_limit = std::max(1, deadline.less(write_concern_margin).remaining_ms());
  bson_t concern;
  require(bson_append_document_begin(to, "writeConcern", -1, &concern) &&
          bson_append_utf8(&concern, "w", -1, "majority", -1) &&
          bson_append_bool(&concern, "j", -1, true) &&
          bson_append_int32(&concern, "wtimeout", -1, time_limit) &&
          bson_append_document_end(to, &concern));
}

Bson delete_command(std::span<const ContentId> ids, Deadline deadline, const char* in) {
  Bson command = begin("delete", in);
  append_write_concern(command.get(), deadline);
  bson_t list;
  bson_t statement;
  require(bson_append_array_begin(command.get(), "deletes", -1, &list) &&
          bson_append_document_begin(&list, "0", -1, &statement));
  append_id_filter(&statement, "q", ids);
  require(bson_append_int32(&statement, "limit", -1, 0) &&
          bson_append_document_end(&list, &statement) &&
          bson_append_array_end(command.get(), &list));
  return command;
}

void check_written(const bson_t& reply) {
  const auto written = polystore::mongo::parse_write_reply(reply);
  if (!written.errors.empty()) throw polystore::mongo::write_error(written.errors.front().code);
  if (written.write_concern_error) {
    throw polystore::mongo::write_concern_error(*written.write_concern_error);
  }
}

bson_iter_t first_batch(const bson_t& reply) {
  bson_iter_t top;
  bson_iter_t batch;
  bson_iter_t elements;
  if (!bson_iter_init(&top, &reply) ||
      !bson_iter_find_descendant(&top, "cursor.firstBatch", &batch) ||
      !BSON_ITER_HOLDS_ARRAY(&batch) || !bson_iter_recurse(&batch, &elements)) {
    fail_form();
  }
  return elements;
}

ContentId parse_id(const bson_iter_t& element, const char* in) {
  bson_subtype_t subtype{};
  std::uint32_t size = 0;
  const std::uint8_t* data = nullptr;
  ContentId::Bytes bytes{};
  if (!BSON_ITER_HOLDS_BINARY(&element)) fail_form(in);
  bson_iter_binary(&element, &subtype, &size, &data);
  if (size != bytes.size()) fail_form(in);
  std::memcpy(bytes.data(), data, bytes.size());
  return ContentId::from_bytes(bytes);
}

void fail_form(const char* in) {
  throw Error({.code = ErrorCode::data_loss,
               .backend = Backend::mongo,
               .operation = "read outputs",
               .message = "a document of the collection " + std::string(in) +
                          " was written by something else, or is damaged"});
}

}  // namespace polystore::adapters::mongo
