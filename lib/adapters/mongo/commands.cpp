#include "adapters/mongo/commands.hpp"

#include "polystore/error.hpp"

#include "adapters/mongo/command_parts.hpp"

#include <string>

namespace polystore::adapters::mongo {
namespace {

// What this library keeps for itself.
constexpr const char* own_collection = "polystore";

void append_document(bson_t* to, const char* key, const ports::OutputDocument& document) {
  bson_t view;
  require(polystore::mongo::view_bson(document.bson, view) &&
          bson_append_document(to, key, -1, &view));
}

// {field: {$exists: true}}
void append_exists(bson_t* to, const char* key, const char* field) {
  bson_t statement;
  bson_t part;
  require(bson_append_document_begin(to, key, -1, &statement) &&
          bson_append_document_begin(&statement, field, -1, &part) &&
          bson_append_bool(&part, "$exists", -1, true) &&
          bson_append_document_end(&statement, &part) && bson_append_document_end(to, &statement));
}

// {q: {_id: id, version: {$lte: version}}, u: document, upsert: true}
void append_replacement(bson_t* to, const char* key, const ports::OutputDocument& document) {
  bson_t statement;
  bson_t filter;
  bson_t version;
  require(bson_append_document_begin(to, key, -1, &statement) &&
          bson_append_document_begin(&statement, "q", -1, &filter));
  append_id(&filter, "_id", document.id);
  require(bson_append_document_begin(&filter, "version", -1, &version) &&
          bson_append_int64(&version, "$lte", -1, document.version) &&
          bson_append_document_end(&filter, &version) &&
          bson_append_document_end(&statement, &filter));
  append_document(&statement, "u", document);
  require(bson_append_bool(&statement, "upsert", -1, true) &&
          bson_append_document_end(to, &statement));
}

template <class Append>
void append_list(bson_t* to, const char* key, DocumentRefs documents, Append append) {
  bson_t list;
  require(bson_append_array_begin(to, key, -1, &list));
  for (std::size_t i = 0; i < documents.size(); ++i) {
    append(&list, std::to_string(i).c_str(), *documents[i]);
  }
  require(bson_append_array_end(to, &list));
}

// The element's id and, where it has one, its version.
ports::ScannedOutput parse_scanned(const bson_iter_t& element, bool with_copy) {
  std::uint32_t size = 0;
  const std::uint8_t* data = nullptr;
  if (!BSON_ITER_HOLDS_DOCUMENT(&element)) fail_form();
  bson_iter_document(&element, &size, &data);
  const std::span bytes(reinterpret_cast<const std::byte*>(data), size);
  ports::ScannedOutput output;
  if (with_copy) output.bson.assign(bytes.begin(), bytes.end());
  bson_t view;
  bson_iter_t id;
  bson_iter_t version;
  if (!polystore::mongo::view_bson(bytes, view) || !bson_iter_init_find(&id, &view, "_id")) {
    fail_form();
  }
  output.id = parse_id(id);
  if (bson_iter_init_find(&version, &view, "version") && BSON_ITER_HOLDS_INT64(&version)) {
    output.version = bson_iter_int64(&version);
  }
  return output;
}

}  // namespace

Bson insert_command(DocumentRefs documents, Deadline deadline) {
  Bson command = begin("insert");
  require(bson_append_bool(command.get(), "ordered", -1, false));
  append_write_concern(command.get(), deadline);
  append_list(command.get(), "documents", documents, append_document);
  return command;
}

Bson replace_command(DocumentRefs documents, Deadline deadline) {
  Bson command = begin("update");
  require(bson_append_bool(command.get(), "ordered", -1, false));
  append_write_concern(command.get(), deadline);
  append_list(command.get(), "updates", documents, append_replacement);
  return command;
}

Bson find_command(std::span<const ContentId> ids) {
  Bson command = begin("find");
  append_id_filter(command.get(), "filter", ids);
  // One more than there can be, so that a batch that holds all leaves no cursor.
  require(bson_append_int32(command.get(), "batchSize", -1, static_cast<int>(ids.size()) + 1));
  append_read_concern(command.get());
  return command;
}

Bson find_attached_command(std::span<const ContentId> ids) {
  Bson command = begin("find");
  bson_t filter;
  bson_t part;
  bson_t list;
  require(bson_append_document_begin(command.get(), "filter", -1, &filter) &&
          bson_append_document_begin(&filter, "_id", -1, &part) &&
          bson_append_array_begin(&part, "$in", -1, &list));
  for (std::size_t i = 0; i < ids.size(); ++i) append_id(&list, std::to_string(i).c_str(), ids[i]);
  require(bson_append_array_end(&part, &list) && bson_append_document_end(&filter, &part) &&
          bson_append_array_begin(&filter, "$or", -1, &list));
  append_exists(&list, "0", "embedding");
  append_exists(&list, "1", "body");
  require(bson_append_array_end(&filter, &list) &&
          bson_append_document_end(command.get(), &filter) &&
          bson_append_document_begin(command.get(), "projection", -1, &part) &&
          bson_append_int32(&part, "output", -1, 0) &&
          bson_append_int32(&part, "embedding.values", -1, 0) &&
          bson_append_document_end(command.get(), &part) &&
          bson_append_int32(command.get(), "batchSize", -1, static_cast<int>(ids.size()) + 1) &&
          bson_append_bool(command.get(), "singleBatch", -1, true));
  append_read_concern(command.get());
  return command;
}

Bson scan_command(const ports::OutputScan& scan) {
  Bson command = begin("find");
  append_page(command.get(), scan.after, scan.limit);
  if (!scan.with_copies) {
    bson_t part;
    require(bson_append_document_begin(command.get(), "projection", -1, &part) &&
            bson_append_int32(&part, "version", -1, 1) &&
            bson_append_document_end(command.get(), &part));
  }
  return command;
}

Bson count_command() { return begin("count"); }

Bson owner_command() {
  Bson command = begin("find", own_collection);
  bson_t filter;
  require(bson_append_document_begin(command.get(), "filter", -1, &filter) &&
          bson_append_utf8(&filter, "_id", -1, "owner", -1) &&
          bson_append_document_end(command.get(), &filter) &&
          bson_append_bool(command.get(), "singleBatch", -1, true));
  append_read_concern(command.get());
  return command;
}

Bson claim_command(const std::string& store_id, Deadline deadline) {
  Bson command = begin("findAndModify", own_collection);
  bson_t query;
  bson_t update;
  bson_t on_insert;
  require(bson_append_document_begin(command.get(), "query", -1, &query) &&
          bson_append_utf8(&query, "_id", -1, "owner", -1) &&
          bson_append_document_end(command.get(), &query) &&
          bson_append_document_begin(command.get(), "update", -1, &update) &&
          bson_append_document_begin(&update, "$setOnInsert", -1, &on_insert) &&
          bson_append_utf8(&on_insert, "storeId", -1, store_id.c_str(), -1) &&
          bson_append_document_end(&update, &on_insert) &&
          bson_append_document_end(command.get(), &update) &&
          bson_append_bool(command.get(), "upsert", -1, true) &&
          bson_append_bool(command.get(), "new", -1, true));
  append_write_concern(command.get(), deadline);
  return command;
}

Bson kill_cursor_command(std::int64_t cursor) {
  Bson command = begin("killCursors");
  bson_t list;
  require(bson_append_array_begin(command.get(), "cursors", -1, &list) &&
          bson_append_int64(&list, "0", -1, cursor) && bson_append_array_end(command.get(), &list));
  return command;
}

Bson empty_write_command(Deadline deadline) { return delete_command({}, deadline); }

FoundBatch parse_found(const bson_t& reply) {
  bson_iter_t top;
  bson_iter_t cursor_id;
  bson_iter_t element = first_batch(reply);
  if (!bson_iter_init(&top, &reply) || !bson_iter_find_descendant(&top, "cursor.id", &cursor_id)) {
    fail_form();
  }
  FoundBatch found{.cursor = bson_iter_as_int64(&cursor_id)};
  while (bson_iter_next(&element)) {
    auto output = parse_scanned(element, true);
    if (output.version == 0) fail_form();
    found.items.push_back({output.id, {output.version, std::move(output.bson)}});
  }
  return found;
}

std::vector<ports::ScannedOutput> parse_scan(const bson_t& reply, bool with_copies) {
  bson_iter_t element = first_batch(reply);
  std::vector<ports::ScannedOutput> found;
  while (bson_iter_next(&element)) found.push_back(parse_scanned(element, with_copies));
  return found;
}

std::uint64_t parse_count(const bson_t& reply) {
  bson_iter_t count;
  if (!bson_iter_init_find(&count, &reply, "n")) fail_form();
  return static_cast<std::uint64_t>(bson_iter_as_int64(&count));
}

namespace {

// The owner that a document of the library's own collection names.
std::string parse_owner(const bson_iter_t& document) {
  bson_iter_t field;
  if (!BSON_ITER_HOLDS_DOCUMENT(&document) || !bson_iter_recurse(&document, &field) ||
      !bson_iter_find(&field, "storeId") || !BSON_ITER_HOLDS_UTF8(&field)) {
    throw Error({.code = ErrorCode::data_loss,
                 .backend = Backend::mongo,
                 .operation = "claim the outputs",
                 .message = "the document \"owner\" of the collection polystore is damaged; remove "
                            "it when you are sure whose outputs these are"});
  }
  return bson_iter_utf8(&field, nullptr);
}

}  // namespace

std::optional<std::string> parse_owner_found(const bson_t& reply) {
  bson_iter_t element = first_batch(reply);
  if (!bson_iter_next(&element)) return std::nullopt;
  return parse_owner(element);
}

std::string parse_claim(const bson_t& reply) {
  bson_iter_t value;
  if (!bson_iter_init_find(&value, &reply, "value")) fail_form();
  return parse_owner(value);
}

}  // namespace polystore::adapters::mongo
