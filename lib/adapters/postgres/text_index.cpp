#include "adapters/postgres/text_index.hpp"

#include "polystore/postgres/transaction.hpp"

#include "adapters/postgres/outputs.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>

namespace polystore::adapters::postgres {
namespace {

// A text without punctuation, of which PostgreSQL makes addresses, paths and tags that are words as
// a whole only. Labels have some, and so are no word that a text has.
std::string plain_text(const std::string& text) {
  return "translate(" + text + R"(, '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~', repeat(' ', 32)))";
}

const std::string asked_words = "plainto_tsquery('simple', " + plain_text("$1") + ")";

// A tsvector has a limit of 1 MiB: half the text is tried then, and half of that. It needs nothing
// of this schema, so that a dump can be restored.
const std::string words_function = R"(
CREATE OR REPLACE FUNCTION polystore_words(document jsonb) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
  best CONSTANT tsvector := array_to_tsvector(ARRAY[
      'user:' || coalesce(document ->> 'userId', ''),
      'tenant:' || coalesce(document ->> 'tenant', ''),
      'model:' || coalesce(document ->> 'modelUsed', '')]) ||
    setweight(to_tsvector('simple', )" +
                                   plain_text("coalesce(document ->> 'title', '')") + R"(), 'A');
  rest text := left(concat_ws(' ', document ->> 'modelUsed', (
    SELECT string_agg(string #>> '{}', ' ') FROM (
      SELECT jsonb_path_query(document, 'strict $.tags[*]', '{}', true)
      UNION ALL
      SELECT jsonb_path_query(document, 'strict $.output.** ? (@.type() == "string")', '{}', true)
    ) AS strings(string))), 1000000);
BEGIN
  LOOP
    BEGIN
      RETURN best || to_tsvector('simple', )" +
                                   plain_text("rest") + R"();
    EXCEPTION WHEN program_limit_exceeded THEN
      rest := left(rest, length(rest) / 2);
    END;
  END LOOP;
END $$)";

constexpr const char* words_column =
    "ALTER TABLE polystore_outputs ADD COLUMN IF NOT EXISTS words tsvector "
    "GENERATED ALWAYS AS (polystore_words(document)) STORED";

constexpr const char* words_index =
    "CREATE INDEX IF NOT EXISTS polystore_outputs_words ON polystore_outputs USING gin (words)";

// As PostgreSQL reads a word of a query that is in quotes.
std::string quoted_label(const std::string& label) {
  std::string text = "'";
  for (const char c : label) {
    if (c == '\'' || c == '\\') text += c;
    text += c;
  }
  return text + '\'';
}

std::string labels_of(const ports::TextSearch& search) {
  std::string labels;
  const auto add = [&](const std::string& label) {
    if (!labels.empty()) labels += " & ";
    labels += quoted_label(label);
  };
  if (search.user_id) add("user:" + std::to_string(*search.user_id));
  if (search.tenant) add("tenant:" + std::string(search.tenant->name()));
  if (search.model) add("model:" + *search.model);
  return labels;
}

}  // namespace

void make_text_index(pq::Connection& connection, Deadline deadline) {
  pq::Transaction transaction(connection);
  // Without a lock: who may not make it may use it.
  const auto there = transaction.run(
      pq::Pipeline().add("SELECT to_regclass('polystore_outputs_words') IS NOT NULL"), deadline);
  if (there.at(0).boolean(0, 0)) return;
  pq::Pipeline statements;
  statements
      .add("SELECT pg_advisory_xact_lock(" + std::to_string(lock_class) + ", " +
           std::to_string(migration_lock) + ")")
      .add(words_function)
      .add(words_column)
      .add(words_index);
  transaction.run(std::move(statements), deadline);
  transaction.commit(deadline);
}

FindStatement text_statement(const ports::TextSearch& search) {
  const std::string labels = labels_of(search);
  pq::Params params;
  params.text(search.text)
      .int64(static_cast<std::int64_t>(search.limit))
      .int64(static_cast<std::int64_t>(search.skip));
  std::string sql = fmt::format(
      "SELECT id, version, ts_rank(words, {0})::float8 AS score FROM polystore_outputs "
      "WHERE words @@ ",
      asked_words);
  if (labels.empty()) {
    sql += asked_words;
  } else {
    sql += fmt::format("({0} && $4::text::tsquery) AND numnode({0}) > 0", asked_words);
    params.text(labels);
  }
  sql += " ORDER BY score DESC, id DESC LIMIT $2 OFFSET $3";
  return {.sql = std::move(sql), .params = std::move(params)};
}

std::vector<ports::FoundText> PostgresOutputs::search(const ports::TextSearch& search,
                                                      Deadline deadline) {
  FindStatement statement = text_statement(search);
  pq::Pipeline pipeline;
  pipeline.add(plan_for_find).add(std::move(statement.sql), std::move(statement.params));
  const pq::Result rows =
      run_one(ready(deadline), std::move(pipeline), deadline, pq::Phase::before_commit);
  std::vector<ports::FoundText> found;
  found.reserve(rows.rows());
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    found.push_back({.id = ContentId::from_bytes(rows.uuid(i, 0)),
                     .version = rows.int64(i, 1),
                     .score = rows.float64(i, 2)});
  }
  return found;
}

}  // namespace polystore::adapters::postgres
