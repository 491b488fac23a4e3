#include "adapters/mongo/text_index.hpp"

#include "polystore/limits.hpp"

#include "adapters/mongo/outputs.hpp"
#include "adapters/mongo/schema.hpp"
#include "values/text.hpp"

#include <algorithm>

namespace polystore::adapters::mongo {
namespace {

constexpr const char* mark_field = "unsearched";
constexpr std::size_t mark_bytes = 13;  // type, name with its NUL, value
// A name that no field can have: in MongoDB a field of this name would say the document's language,
// and one that is not known would refuse the document.
constexpr char language_field[] = "no\0field";
constexpr int language_field_bytes = sizeof(language_field) - 1;
constexpr int title_weight = 10;

// {field: null} passes where there is no such field, and is what a partial index takes.
bool append_unmarked(bson_t* to) { return bson_append_null(to, mark_field, -1); }

bool append_string(bson_t* to, const char* key, const char* path) {
  return bson_append_utf8(to, key, -1, path, -1);
}

/// The stages of a pipeline, in order.
class Stages {
 public:
  Stages(bson_t* to, const char* key) : to_(to) {
    require(bson_append_array_begin(to_, key, -1, &list_));
  }
  Stages(const Stages&) = delete;
  Stages& operator=(const Stages&) = delete;

  /// {name: {…}}, filled by `fill`.
  template <class Fill>
  void add(const char* name, Fill fill) {
    bson_t stage;
    bson_t inner;
    require(bson_append_document_begin(&list_, std::to_string(count_++).c_str(), -1, &stage) &&
            bson_append_document_begin(&stage, name, -1, &inner));
    fill(&inner);
    require(bson_append_document_end(&stage, &inner) && bson_append_document_end(&list_, &stage));
  }
  void add_number(const char* name, std::int64_t number) {
    bson_t stage;
    require(bson_append_document_begin(&list_, std::to_string(count_++).c_str(), -1, &stage) &&
            bson_append_int64(&stage, name, -1, number) &&
            bson_append_document_end(&list_, &stage));
  }
  void end() { require(bson_append_array_end(to_, &list_)); }

 private:
  bson_t* to_;
  bson_t list_{};
  int count_ = 0;
};

bool append_text(bson_t* to, const char* key, const std::string& text) {
  return bson_append_utf8(to, key, -1, text.data(), static_cast<int>(text.size()));
}

void append_text_filter(bson_t* to, const std::string& word, const ports::TextSearch& search) {
  bson_t text;
  require(bson_append_document_begin(to, "$text", -1, &text) &&
          append_text(&text, "$search", word) && bson_append_document_end(to, &text) &&
          append_unmarked(to));
  if (search.user_id) require(bson_append_int64(to, "userId", -1, *search.user_id));
  if (search.tenant && search.tenant->is_shared()) require(bson_append_null(to, "tenant", -1));
  if (search.tenant && !search.tenant->is_shared()) {
    require(append_text(to, "tenant", search.tenant->name()));
  }
  if (search.model) require(append_text(to, "modelUsed", *search.model));
}

// {_id, version, score} of the documents that have the word.
void add_word(Stages& stages, const std::string& word, const ports::TextSearch& search) {
  stages.add("$match", [&](bson_t* filter) { append_text_filter(filter, word, search); });
  stages.add("$project", [](bson_t* fields) {
    bson_t score;
    require(bson_append_int32(fields, "version", -1, 1) &&
            bson_append_document_begin(fields, "score", -1, &score) &&
            append_string(&score, "$meta", "textScore") &&
            bson_append_document_end(fields, &score));
  });
}

// What all words have found. A document that is replaced meanwhile is another.
void add_all_of(Stages& stages, std::size_t words) {
  stages.add("$group", [](bson_t* group) {
    bson_t part;
    require(bson_append_document_begin(group, "_id", -1, &part) &&
            append_string(&part, "id", "$_id") && append_string(&part, "version", "$version") &&
            bson_append_document_end(group, &part) &&
            bson_append_document_begin(group, "score", -1, &part) &&
            append_string(&part, "$sum", "$score") && bson_append_document_end(group, &part) &&
            bson_append_document_begin(group, "words", -1, &part) &&
            bson_append_int32(&part, "$sum", -1, 1) && bson_append_document_end(group, &part));
  });
  stages.add("$match", [&](bson_t* filter) {
    require(bson_append_int64(filter, "words", -1, static_cast<std::int64_t>(words)));
  });
  stages.add("$project", [](bson_t* fields) {
    require(append_string(fields, "_id", "$_id.id") &&
            append_string(fields, "version", "$_id.version") &&
            bson_append_int32(fields, "score", -1, 1));
  });
}

bool is_uuid(const bson_iter_t& field) {
  if (!BSON_ITER_HOLDS_BINARY(&field)) return false;
  bson_subtype_t subtype{};
  std::uint32_t size = 0;
  const std::uint8_t* data = nullptr;
  bson_iter_binary(&field, &subtype, &size, &data);
  return subtype == BSON_SUBTYPE_UUID && size == ContentId::size_bytes;
}

}  // namespace

Bson mark_large_command(Deadline deadline) {
  Bson command = begin("update");
  append_write_concern(command.get(), deadline);
  bson_t list;
  bson_t statement;
  bson_t part;
  bson_t set;
  require(bson_append_array_begin(command.get(), "updates", -1, &list) &&
          bson_append_document_begin(&list, "0", -1, &statement) &&
          bson_append_document_begin(&statement, "q", -1, &part) && append_unmarked(&part));
  const auto append_comparison = [](bson_t* to, const char* at, const char* how,
                                    std::size_t bytes) {
    bson_t comparison;
    bson_t sides;
    bson_t size;
    require(
        bson_append_document_begin(to, at, -1, &comparison) &&
        bson_append_array_begin(&comparison, how, -1, &sides) &&
        bson_append_document_begin(&sides, "0", -1, &size) &&
        append_string(&size, "$bsonSize", "$$ROOT") && bson_append_document_end(&sides, &size) &&
        bson_append_int64(&sides, "1", -1, static_cast<std::int64_t>(bytes)) &&
        bson_append_array_end(&comparison, &sides) && bson_append_document_end(to, &comparison));
  };
  bson_t expression;
  bson_t both;
  require(bson_append_document_begin(&part, "$expr", -1, &expression) &&
          bson_append_array_begin(&expression, "$and", -1, &both));
  append_comparison(&both, "0", "$gt", most_indexed_bytes);
  append_comparison(&both, "1", "$lte", limits::content_bytes - mark_bytes);
  require(
      bson_append_array_end(&expression, &both) && bson_append_document_end(&part, &expression) &&
      bson_append_document_end(&statement, &part) &&
      bson_append_document_begin(&statement, "u", -1, &part) &&
      bson_append_document_begin(&part, "$set", -1, &set) &&
      bson_append_bool(&set, mark_field, -1, true) && bson_append_document_end(&part, &set) &&
      bson_append_document_end(&statement, &part) &&
      bson_append_bool(&statement, "multi", -1, true) &&
      bson_append_document_end(&list, &statement) && bson_append_array_end(command.get(), &list));
  return command;
}

Bson text_index_command(Deadline deadline) {
  Bson command = begin("createIndexes");
  bson_t list;
  bson_t index;
  bson_t part;
  require(bson_append_array_begin(command.get(), "indexes", -1, &list) &&
          bson_append_document_begin(&list, "0", -1, &index) &&
          bson_append_document_begin(&index, "key", -1, &part) &&
          append_string(&part, "$**", "text") && bson_append_document_end(&index, &part) &&
          append_string(&index, "name", text_index_name) &&
          bson_append_document_begin(&index, "weights", -1, &part) &&
          bson_append_int32(&part, "title", -1, title_weight) &&
          bson_append_document_end(&index, &part) &&
          append_string(&index, "default_language", "none") &&
          bson_append_utf8(&index, "language_override", -1, language_field, language_field_bytes) &&
          bson_append_document_begin(&index, "partialFilterExpression", -1, &part) &&
          append_unmarked(&part) && bson_append_document_end(&index, &part) &&
          bson_append_document_end(&list, &index) && bson_append_array_end(command.get(), &list));
  append_write_concern(command.get(), deadline);
  return command;
}

Bson text_search_command(const ports::TextSearch& search) {
  const auto words = values::split_words(search.text, true);
  Bson command = begin("aggregate");
  Stages stages(command.get(), "pipeline");
  add_word(stages, words.empty() ? std::string() : words.front(), search);
  for (std::size_t i = 1; i < words.size(); ++i) {
    stages.add("$unionWith", [&](bson_t* other) {
      require(append_string(other, "coll", collection));
      Stages of_word(other, "pipeline");
      add_word(of_word, words[i], search);
      of_word.end();
    });
  }
  if (words.size() > 1) add_all_of(stages, words.size());
  stages.add("$sort", [](bson_t* order) {
    require(bson_append_int32(order, "score", -1, -1) && bson_append_int32(order, "_id", -1, -1));
  });
  if (search.skip > 0) stages.add_number("$skip", static_cast<std::int64_t>(search.skip));
  stages.add_number("$limit", static_cast<std::int64_t>(search.limit));
  stages.end();
  bson_t cursor;
  // One more than there can be, so that no cursor is left.
  require(bson_append_document_begin(command.get(), "cursor", -1, &cursor) &&
          bson_append_int32(&cursor, "batchSize", -1, static_cast<int>(search.limit) + 1) &&
          bson_append_document_end(command.get(), &cursor) &&
          bson_append_bool(command.get(), "allowDiskUse", -1, true));
  append_read_concern(command.get());
  return command;
}

std::vector<ports::FoundText> parse_found_texts(const bson_t& reply) {
  bson_iter_t element = first_batch(reply);
  std::vector<ports::FoundText> found;
  while (bson_iter_next(&element)) {
    ports::FoundText text;
    bson_iter_t field;
    if (!BSON_ITER_HOLDS_DOCUMENT(&element) || !bson_iter_recurse(&element, &field)) fail_form();
    while (bson_iter_next(&field)) {
      const std::string_view name = bson_iter_key(&field);
      if (name == "version") text.version = bson_iter_as_int64(&field);
      if (name == "score") text.score = bson_iter_as_double(&field);
      // Another's document keeps the nil id, which no content has.
      if (name == "_id" && is_uuid(field)) text.id = parse_id(field);
    }
    found.push_back(text);
  }
  return found;
}

MarkedDocuments::MarkedDocuments(std::span<const ports::OutputDocument> documents, bool mark)
    : all_(documents) {
  // A document that the mark would make too large to store is indexed rather than refused.
  const auto is_large = [](const ports::OutputDocument& document) {
    return document.bson.size() > most_indexed_bytes &&
           document.bson.size() <= limits::content_bytes - mark_bytes;
  };
  if (!mark || std::ranges::none_of(documents, is_large)) return;
  replaced_.assign(documents.begin(), documents.end());
  for (auto& document : replaced_) {
    bson_t view;
    if (!is_large(document) || !polystore::mongo::view_bson(document.bson, view)) continue;
    Bson copy;
    require(bson_concat(copy.get(), &view) && bson_append_bool(copy.get(), mark_field, -1, true));
    const auto* bytes = reinterpret_cast<const std::byte*>(bson_get_data(copy.get()));
    document.bson = marked_.emplace_back(bytes, bytes + copy.get()->len);
  }
  all_ = replaced_;
}

void MongoOutputs::make_text_index(Deadline deadline) {
  const bool there =
      index_names(*run(list_indexes_command(), deadline).get()).contains(text_index_name);
  if (text_search_ && !there) {
    run_write(mark_large_command(deadline), deadline);
    run_write(text_index_command(deadline), deadline);
  }
  marks_large_ = text_search_ || there;
}

std::vector<ports::FoundText> MongoOutputs::search(const ports::TextSearch& search,
                                                   Deadline deadline) {
  constexpr std::string_view index_not_found = "/27";  // after the driver's domain
  try {
    return parse_found_texts(*run(text_search_command(search), deadline).get());
  } catch (const Error& error) {
    // The server was away at open.
    if (!error.native_code().ends_with(index_not_found)) throw;
  }
  migrate(deadline);
  return parse_found_texts(*run(text_search_command(search), deadline).get());
}

}  // namespace polystore::adapters::mongo
