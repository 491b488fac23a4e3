#include "adapters/mongo/schema.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace polystore::adapters::mongo {
namespace {

constexpr std::array<const char*, 3> indexed_fields{"userId", "modelUsed", "tags"};

std::string index_name(const char* field) { return std::string(field) + "_generatedAt"; }

void append_index(bson_t* to, const char* position, const char* field) {
  bson_t index;
  bson_t key;
  require(bson_append_document_begin(to, position, -1, &index) &&
          bson_append_document_begin(&index, "key", -1, &key) &&
          bson_append_int32(&key, field, -1, 1) && bson_append_int32(&key, "generatedAt", -1, -1) &&
          bson_append_document_end(&index, &key) &&
          bson_append_utf8(&index, "name", -1, index_name(field).c_str(), -1) &&
          bson_append_document_end(to, &index));
}

}  // namespace

Bson create_indexes_command(Deadline deadline) {
  Bson command = begin("createIndexes");
  bson_t list;
  require(bson_append_array_begin(command.get(), "indexes", -1, &list));
  for (std::size_t i = 0; i < indexed_fields.size(); ++i) {
    append_index(&list, std::to_string(i).c_str(), indexed_fields[i]);
  }
  require(bson_append_array_end(command.get(), &list));
  append_write_concern(command.get(), deadline);
  return command;
}

Bson list_indexes_command() { return begin("listIndexes"); }

std::set<std::string> index_names(const bson_t& reply) {
  bson_iter_t element = first_batch(reply);
  std::set<std::string> names;
  while (bson_iter_next(&element)) {
    bson_iter_t name;
    if (BSON_ITER_HOLDS_DOCUMENT(&element) && bson_iter_recurse(&element, &name) &&
        bson_iter_find(&name, "name") && BSON_ITER_HOLDS_UTF8(&name)) {
      names.insert(bson_iter_utf8(&name, nullptr));
    }
  }
  return names;
}

bool has_all_indexes(const bson_t& reply) {
  const auto names = index_names(reply);
  return std::ranges::all_of(indexed_fields,
                             [&](const char* field) { return names.contains(index_name(field)); });
}

}  // namespace polystore::adapters::mongo
