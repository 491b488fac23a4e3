#include "adapters/postgres/schema.hpp"

#include <array>

namespace polystore::adapters::postgres {
namespace {

// The read copy is `body`, byte for byte. `embedding` is what of it names its vector, and the body
// beyond it (values::attached_part), NULL where it has neither. `document` is the copy for SQL to
// search, NULL where jsonb can't hold it (ADR 22).
constexpr std::array<std::string_view, 3> outputs_tables{
    R"(CREATE TABLE polystore_outputs (
  id uuid PRIMARY KEY,
  version bigint NOT NULL CHECK (version > 0),
  body bytea NOT NULL,
  embedding bytea,
  document jsonb))",

    // jsonb has no NUL in a string, and limits of its own: no reason to refuse an output.
    R"(CREATE FUNCTION polystore_jsonb(json text) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  RETURN json::jsonb;
EXCEPTION WHEN data_exception OR program_limit_exceeded THEN
  RETURN NULL;
END $$)",

    R"(CREATE TABLE polystore_outputs_owner (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  store_id text NOT NULL))",
};

// Bodies beyond a document (ADR 31). What they have for bytes is compressed already.
constexpr std::array<std::string_view, 3> bodies_step{
    R"(CREATE TABLE polystore_bodies (
  id uuid PRIMARY KEY,
  content uuid NOT NULL,
  user_id bigint NOT NULL))",

    R"(CREATE TABLE polystore_body_chunks (
  body uuid,
  n integer CHECK (n >= 0),
  hash bigint NOT NULL,
  bytes bytea NOT NULL CHECK (octet_length(bytes) > 0),
  PRIMARY KEY (body, n)))",

    "ALTER TABLE polystore_body_chunks ALTER COLUMN bytes SET STORAGE EXTERNAL",
};

constexpr std::array outputs_steps{Migration(outputs_tables), Migration(bodies_step)};

constexpr Schema outputs{.versions = "polystore_outputs_schema", .migrations = outputs_steps};

}  // namespace

const Schema& outputs_schema() { return outputs; }

}  // namespace polystore::adapters::postgres
