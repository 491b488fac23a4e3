#include "adapters/postgres/schema.hpp"

#include <array>

namespace polystore::adapters::postgres {
namespace {

// Text is compared by its bytes (COLLATE "C"), as the library sorts it, on every server alike.
constexpr std::array<std::string_view, 15> version_1{
    R"(CREATE TABLE users (
  id bigint PRIMARY KEY CHECK (id > 0),
  name varchar(255) NOT NULL CHECK (name <> ''),
  created_at timestamptz NOT NULL DEFAULT now()))",

    R"(CREATE TABLE models (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name varchar(255) COLLATE "C" NOT NULL UNIQUE CHECK (name <> '')))",

    R"(CREATE TABLE ai_generated_content (
  id uuid PRIMARY KEY,
  title varchar(255) NOT NULL CHECK (title <> ''),
  title_words text[] COLLATE "C" NOT NULL,
  model_id bigint NOT NULL REFERENCES models (id),
  generated_at timestamptz NOT NULL,
  user_id bigint NOT NULL REFERENCES users (id),
  prompt_tokens bigint NOT NULL CHECK (prompt_tokens >= 0),
  completion_tokens bigint NOT NULL CHECK (completion_tokens >= 0),
  latency_us bigint NOT NULL CHECK (latency_us >= 0),
  content_hash bytea NOT NULL CHECK (octet_length(content_hash) = 32),
  version bigint NOT NULL CHECK (version > 0)))",
    "CREATE INDEX ON ai_generated_content (generated_at, id)",
    "CREATE INDEX ON ai_generated_content (user_id, generated_at, id)",
    "CREATE INDEX ON ai_generated_content (model_id, generated_at, id)",
    "CREATE INDEX ON ai_generated_content USING gin (title_words)",

    R"(CREATE TABLE tags (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name varchar(100) COLLATE "C" NOT NULL UNIQUE CHECK (name <> '')))",

    R"(CREATE TABLE content_tags (
  content_id uuid NOT NULL REFERENCES ai_generated_content (id) ON DELETE CASCADE,
  tag_id bigint NOT NULL REFERENCES tags (id),
  PRIMARY KEY (content_id, tag_id)))",
    "CREATE INDEX ON content_tags (tag_id, content_id)",

    R"(CREATE TABLE polystore_tombstones (
  id uuid PRIMARY KEY,
  erased_at timestamptz NOT NULL DEFAULT now()))",

    // EXTERNAL: a body soon goes, and is not worth compressing.
    R"(CREATE TABLE polystore_outbox (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id uuid NOT NULL,
  version bigint NOT NULL,
  operation text NOT NULL CHECK (operation IN ('write', 'erase')),
  body bytea NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now(),
  next_attempt_at timestamptz NOT NULL DEFAULT now(),
  dead_at timestamptz,
  last_error text))",
    "ALTER TABLE polystore_outbox ALTER COLUMN body SET STORAGE EXTERNAL",
    "CREATE INDEX ON polystore_outbox (id)",

    R"(CREATE VIEW ai_generated_content_flat AS
SELECT c.id, c.title, m.name AS model_used, c.generated_at, c.user_id
FROM ai_generated_content c JOIN models m ON m.id = c.model_id)",
};

// Which update made the row's version: one whose answer was lost looks for its own.
constexpr std::array<std::string_view, 1> add_update_token{
    "ALTER TABLE ai_generated_content ADD COLUMN update_token uuid",
};

// Tells this database from every other: the output store records whose outputs it keeps.
constexpr std::array<std::string_view, 2> identity_step{
    R"(CREATE TABLE polystore_identity (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  store_id uuid NOT NULL DEFAULT gen_random_uuid()))",
    "INSERT INTO polystore_identity DEFAULT VALUES",
};

// Foreign keys look up every row of a batch on its own, a quarter of PostgreSQL's work for a put:
// writers lock the names once for the batch instead, and triggers guard what is removed (ADR 14).
constexpr std::array<std::string_view, 9> guards_step{
    R"(ALTER TABLE ai_generated_content
  DROP CONSTRAINT IF EXISTS ai_generated_content_model_id_fkey,
  DROP CONSTRAINT IF EXISTS ai_generated_content_user_id_fkey)",
    R"(ALTER TABLE content_tags
  DROP CONSTRAINT IF EXISTS content_tags_content_id_fkey,
  DROP CONSTRAINT IF EXISTS content_tags_tag_id_fkey)",

    // The arguments: the table and the column that refer to the row.
    R"(CREATE FUNCTION polystore_keep_referenced() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  missed boolean;
BEGIN
  EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE %I = $1)
                  AND NOT EXISTS (SELECT FROM %I WHERE id = $1)',
                 TG_ARGV[0], TG_ARGV[1], TG_TABLE_NAME)
    INTO missed USING OLD.id;
  IF missed THEN
    RAISE foreign_key_violation USING
      MESSAGE = format('row %s of "%s" is still referenced from "%s"', OLD.id, TG_TABLE_NAME,
                       TG_ARGV[0]),
      TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$)",
    R"(CREATE TRIGGER polystore_keep_referenced AFTER DELETE OR UPDATE OF id ON users
FOR EACH ROW EXECUTE FUNCTION polystore_keep_referenced('ai_generated_content', 'user_id'))",
    R"(CREATE TRIGGER polystore_keep_referenced AFTER DELETE OR UPDATE OF id ON models
FOR EACH ROW EXECUTE FUNCTION polystore_keep_referenced('ai_generated_content', 'model_id'))",
    R"(CREATE TRIGGER polystore_keep_referenced AFTER DELETE OR UPDATE OF id ON tags
FOR EACH ROW EXECUTE FUNCTION polystore_keep_referenced('content_tags', 'tag_id'))",
    R"(CREATE TRIGGER polystore_keep_referenced AFTER UPDATE OF id ON ai_generated_content
FOR EACH ROW EXECUTE FUNCTION polystore_keep_referenced('content_tags', 'content_id'))",

    R"(CREATE FUNCTION polystore_remove_tags() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  DELETE FROM content_tags WHERE content_id = OLD.id;
  RETURN NULL;
END $$)",
    R"(CREATE TRIGGER polystore_remove_tags AFTER DELETE ON ai_generated_content
FOR EACH ROW EXECUTE FUNCTION polystore_remove_tags())",
};

// Which scopes of cached responses were invalidated last when. The counter is a row, not a
// sequence: its lock makes the numbers' order that of the commits (ADR 18).
constexpr std::array<std::string_view, 4> epochs_step{
    R"(CREATE TABLE polystore_epoch_counter (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  epoch bigint NOT NULL CHECK (epoch >= 0)))",
    "INSERT INTO polystore_epoch_counter (epoch) VALUES (0)",
    R"(CREATE TABLE polystore_epochs (
  kind smallint NOT NULL,
  name bytea NOT NULL,
  epoch bigint NOT NULL CHECK (epoch > 0),
  PRIMARY KEY (kind, name)))",
    "CREATE INDEX ON polystore_epochs (epoch)",
};

// On whose behalf a content was made; null: nobody's in particular.
constexpr std::array<std::string_view, 2> tenants_step{
    R"(ALTER TABLE ai_generated_content
  ADD COLUMN tenant varchar(255) COLLATE "C" CHECK (tenant <> ''))",
    R"(CREATE INDEX ON ai_generated_content (tenant, generated_at, id)
  WHERE tenant IS NOT NULL)",
};

// A tag's contents newest first, so that a page of them is read from the index as it is: the time
// beside the tag, which like the content's own never changes.
constexpr std::array<std::string_view, 5> tag_times_step{
    "ALTER TABLE content_tags ADD COLUMN generated_at timestamptz",
    "DROP INDEX IF EXISTS content_tags_tag_id_content_id_idx",
    "UPDATE content_tags AS ct SET generated_at = c.generated_at FROM ai_generated_content AS c "
    "WHERE c.id = ct.content_id",
    "ALTER TABLE content_tags ALTER COLUMN generated_at SET NOT NULL",
    "CREATE INDEX ON content_tags (tag_id, generated_at, content_id)",
};

// Up to which number invalidations are forgotten (one row, or none), and notes of when the numbers
// up to one had been given out.
constexpr std::array<std::string_view, 2> forgetting_step{
    "CREATE TABLE polystore_epochs_forgotten (epoch bigint PRIMARY KEY)",
    "CREATE TABLE polystore_epoch_notes (epoch bigint PRIMARY KEY, noted_at bigint NOT NULL)",
};

constexpr std::array all{Migration(version_1),      Migration(add_update_token),
                         Migration(identity_step),  Migration(guards_step),
                         Migration(epochs_step),    Migration(tenants_step),
                         Migration(tag_times_step), Migration(forgetting_step)};

constexpr Schema metadata{.versions = "polystore_schema", .migrations = all};

}  // namespace

const Schema& metadata_schema() { return metadata; }

}  // namespace polystore::adapters::postgres
