#include "adapters/mysql/schema.hpp"

#include <array>

// Of every table. Names are compared by their bytes and whole, as the library sorts them: the
// collation of each server that pads nothing. The comments are SQL to MariaDB or MySQL alone.
#define POLYSTORE_TABLE_OPTIONS                                           \
  ") ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 " \
  "COLLATE /*M!100202 utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */"

namespace polystore::adapters::mysql {
namespace {

constexpr std::array<std::string_view, 15> version_1{
    R"(CREATE TABLE IF NOT EXISTS users (
  id bigint NOT NULL PRIMARY KEY CHECK (id > 0),
  name varchar(255) NOT NULL CHECK (name <> ''),
  created_at datetime(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)
)" POLYSTORE_TABLE_OPTIONS,

    R"(CREATE TABLE IF NOT EXISTS models (
  id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
  name varchar(255) NOT NULL UNIQUE CHECK (name <> '')
)" POLYSTORE_TABLE_OPTIONS,

    // A datetime is not meant for years before 1000.
    R"(CREATE TABLE IF NOT EXISTS ai_generated_content (
  id binary(16) NOT NULL PRIMARY KEY,
  title varchar(255) NOT NULL CHECK (title <> ''),
  model_id bigint NOT NULL,
  generated_at bigint NOT NULL COMMENT 'milliseconds since 1970, UTC',
  user_id bigint NOT NULL,
  prompt_tokens bigint NOT NULL CHECK (prompt_tokens >= 0),
  completion_tokens bigint NOT NULL CHECK (completion_tokens >= 0),
  latency_us bigint NOT NULL CHECK (latency_us >= 0),
  content_hash binary(32) NOT NULL,
  version bigint NOT NULL CHECK (version > 0),
  update_token binary(16) COMMENT 'of the update that made the version',
  KEY by_time (generated_at, id),
  KEY by_user (user_id, generated_at, id),
  KEY by_model (model_id, generated_at, id),
  FOREIGN KEY (model_id) REFERENCES models (id),
  FOREIGN KEY (user_id) REFERENCES users (id)
)" POLYSTORE_TABLE_OPTIONS,

    R"(CREATE TABLE IF NOT EXISTS tags (
  id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
  name varchar(100) NOT NULL UNIQUE CHECK (name <> '')
)" POLYSTORE_TABLE_OPTIONS,

    R"(CREATE TABLE IF NOT EXISTS content_tags (
  content_id binary(16) NOT NULL,
  tag_id bigint NOT NULL,
  PRIMARY KEY (content_id, tag_id),
  KEY by_tag (tag_id, content_id),
  FOREIGN KEY (content_id) REFERENCES ai_generated_content (id) ON DELETE CASCADE,
  FOREIGN KEY (tag_id) REFERENCES tags (id)
)" POLYSTORE_TABLE_OPTIONS,

    R"(CREATE TABLE IF NOT EXISTS content_title_words (
  content_id binary(16) NOT NULL,
  word varbinary(1024) NOT NULL,
  PRIMARY KEY (content_id, word),
  KEY by_word (word, content_id),
  FOREIGN KEY (content_id) REFERENCES ai_generated_content (id) ON DELETE CASCADE
)" POLYSTORE_TABLE_OPTIONS,

    R"(CREATE TABLE IF NOT EXISTS polystore_tombstones (
  id binary(16) NOT NULL PRIMARY KEY,
  erased_at datetime(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)
)" POLYSTORE_TABLE_OPTIONS,

    // The second key has all that the outbox's state is made of, so that no body is read for it.
    R"(CREATE TABLE IF NOT EXISTS polystore_outbox (
  seq bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
  id binary(16) NOT NULL,
  version bigint NOT NULL,
  operation enum('write', 'erase') NOT NULL,
  body_bytes bigint NOT NULL,
  attempts int NOT NULL DEFAULT 0,
  created_at datetime(6) NOT NULL,
  next_attempt_at datetime(6) NOT NULL,
  dead_at datetime(6),
  last_error varchar(1000) NOT NULL DEFAULT '',
  body longblob NOT NULL,
  KEY by_id (id),
  KEY state (dead_at, created_at, body_bytes)
)" POLYSTORE_TABLE_OPTIONS,

    R"(CREATE TABLE IF NOT EXISTS polystore_locks (
  bucket bigint NOT NULL PRIMARY KEY
)" POLYSTORE_TABLE_OPTIONS,

    // Tells this database from every other: the output store records whose outputs it keeps.
    R"(CREATE TABLE IF NOT EXISTS polystore_identity (
  only_row bool NOT NULL PRIMARY KEY CHECK (only_row),
  store_id char(36) NOT NULL
)" POLYSTORE_TABLE_OPTIONS,

    // A UUID of version 4 for servers that have no function for one.
    R"(INSERT INTO polystore_identity (only_row, store_id)
SELECT true, CONCAT(LEFT(h, 8), '-', SUBSTR(h, 9, 4), '-4', SUBSTR(h, 13, 3), '-a', SUBSTR(h, 16, 3),
                    '-', SUBSTR(h, 19, 12))
FROM (SELECT SHA2(CONCAT(UUID(), '/', RAND(), '/', CONNECTION_ID()), 256) AS h) AS random
WHERE NOT EXISTS (SELECT 1 FROM polystore_identity))",

    // Which scopes of cached responses were invalidated last when. The counter is a row, not an
    // AUTO_INCREMENT: its lock makes the numbers' order that of the commits (ADR 18).
    R"(CREATE TABLE IF NOT EXISTS polystore_epoch_counter (
  only_row bool NOT NULL PRIMARY KEY CHECK (only_row),
  epoch bigint NOT NULL CHECK (epoch >= 0)
)" POLYSTORE_TABLE_OPTIONS,

    R"(INSERT INTO polystore_epoch_counter (only_row, epoch)
SELECT true, 0 FROM DUAL WHERE NOT EXISTS (SELECT 1 FROM polystore_epoch_counter))",

    R"(CREATE TABLE IF NOT EXISTS polystore_epochs (
  kind smallint NOT NULL,
  name varbinary(2048) NOT NULL,
  epoch bigint NOT NULL CHECK (epoch > 0),
  PRIMARY KEY (kind, name),
  KEY by_epoch (epoch)
)" POLYSTORE_TABLE_OPTIONS,

    R"(CREATE OR REPLACE SQL SECURITY INVOKER VIEW ai_generated_content_flat AS
SELECT LOWER(CONCAT(LEFT(HEX(c.id), 8), '-', SUBSTR(HEX(c.id), 9, 4), '-', SUBSTR(HEX(c.id), 13, 4),
                    '-', SUBSTR(HEX(c.id), 17, 4), '-', SUBSTR(HEX(c.id), 21))) AS id,
  c.title AS title, m.name AS model_used,
  TIMESTAMPADD(MICROSECOND, c.generated_at * 1000, TIMESTAMP'1970-01-01 00:00:00') AS generated_at,
  c.user_id AS user_id
FROM ai_generated_content AS c JOIN models AS m ON m.id = c.model_id)",
};

// On whose behalf a content was made; NULL: nobody's in particular. Not every server knows ADD
// COLUMN IF NOT EXISTS, and a step that ended half-way is repeated.
constexpr std::array<std::string_view, 4> tenants_step{
    R"(SET @polystore_step = IF(EXISTS (
  SELECT 1 FROM information_schema.columns
  WHERE table_schema = DATABASE() AND table_name = 'ai_generated_content' AND
        column_name = 'tenant'),
  'DO 0',
  'ALTER TABLE ai_generated_content ADD COLUMN tenant varchar(255) CHECK (LENGTH(tenant) > 0),
   ADD KEY by_tenant (tenant, generated_at, id)'))",
    "PREPARE polystore_step FROM @polystore_step",
    "EXECUTE polystore_step",
    "DEALLOCATE PREPARE polystore_step",
};

// The contents of a tag or title word newest first, so that a page of them is read from the key as
// it is: the time beside it, which like the content's own never changes. MySQL has no IF NOT EXISTS
// for columns.
constexpr std::array<std::string_view, 14> list_times_step{
    R"(SET @polystore_sql = IF(
  EXISTS (SELECT 1 FROM information_schema.columns WHERE table_schema = DATABASE()
          AND table_name = 'content_tags' AND column_name = 'generated_at'),
  'DO 0', 'ALTER TABLE content_tags ADD COLUMN generated_at bigint NOT NULL'))",
    "PREPARE polystore_statement FROM @polystore_sql",
    "EXECUTE polystore_statement",
    "UPDATE content_tags AS l JOIN ai_generated_content AS c ON c.id = l.content_id "
    "SET l.generated_at = c.generated_at",
    R"(SET @polystore_sql = IF(
  EXISTS (SELECT 1 FROM information_schema.statistics WHERE table_schema = DATABASE()
          AND table_name = 'content_tags' AND index_name = 'by_tag'),
  'ALTER TABLE content_tags ADD KEY by_tag_and_time (tag_id, generated_at, content_id),
   DROP KEY by_tag', 'DO 0'))",
    "PREPARE polystore_statement FROM @polystore_sql",
    "EXECUTE polystore_statement",
    R"(SET @polystore_sql = IF(
  EXISTS (SELECT 1 FROM information_schema.columns WHERE table_schema = DATABASE()
          AND table_name = 'content_title_words' AND column_name = 'generated_at'),
  'DO 0', 'ALTER TABLE content_title_words ADD COLUMN generated_at bigint NOT NULL'))",
    "PREPARE polystore_statement FROM @polystore_sql",
    "EXECUTE polystore_statement",
    "UPDATE content_title_words AS l JOIN ai_generated_content AS c ON c.id = l.content_id "
    "SET l.generated_at = c.generated_at",
    R"(SET @polystore_sql = IF(
  EXISTS (SELECT 1 FROM information_schema.statistics WHERE table_schema = DATABASE()
          AND table_name = 'content_title_words' AND index_name = 'by_word'),
  'ALTER TABLE content_title_words ADD KEY by_word_and_time (word, generated_at, content_id),
   DROP KEY by_word', 'DO 0'))",
    "PREPARE polystore_statement FROM @polystore_sql",
    "EXECUTE polystore_statement",
};

// Up to which number invalidations are forgotten (one row, or none), and notes of when the numbers
// up to one had been given out.
constexpr std::array<std::string_view, 2> forgetting_step{
    R"(CREATE TABLE IF NOT EXISTS polystore_epochs_forgotten (
  epoch bigint NOT NULL PRIMARY KEY
)" POLYSTORE_TABLE_OPTIONS,
    R"(CREATE TABLE IF NOT EXISTS polystore_epoch_notes (
  epoch bigint NOT NULL PRIMARY KEY,
  noted_at bigint NOT NULL
)" POLYSTORE_TABLE_OPTIONS,
};

constexpr std::array all{Migration(version_1), Migration(tenants_step), Migration(list_times_step),
                         Migration(forgetting_step)};

constexpr std::array<std::string_view, 14> tables{
    "users",
    "models",
    "ai_generated_content",
    "tags",
    "content_tags",
    "content_title_words",
    "polystore_tombstones",
    "polystore_outbox",
    "polystore_locks",
    "polystore_identity",
    "polystore_epoch_counter",
    "polystore_epochs",
    "polystore_epochs_forgotten",
    "polystore_epoch_notes",
};

}  // namespace

std::span<const Migration> migrations() { return all; }

std::span<const std::string_view> table_names() { return tables; }

}  // namespace polystore::adapters::mysql
