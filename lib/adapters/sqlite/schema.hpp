#pragma once

#include <array>

/// The schema's steps, in order. A step that was released is never changed: a new one follows.
namespace polystore::adapters::sqlite {

// Which update made the row's version: one whose answer was lost looks for its own.
inline constexpr const char* add_update_token =
    "ALTER TABLE ai_generated_content ADD COLUMN update_token BLOB "
    "CHECK (length(update_token) = 16)";

/// Tells this file's metadata from all others: the output store records whose outputs it keeps.
/// The UUID is of version 4.
inline constexpr const char* identity_step = R"sql(
CREATE TABLE polystore_identity (
  only_row INTEGER NOT NULL PRIMARY KEY CHECK (only_row = 1),
  store_id TEXT NOT NULL CHECK (length(store_id) = 36)
) STRICT;
INSERT INTO polystore_identity VALUES (1, lower(
  hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-' ||
  substr('89ab', 1 + (random() & 3), 1) || substr(hex(randomblob(2)), 2) || '-' ||
  hex(randomblob(6))));
)sql";

// Which scopes of cached responses were invalidated last when.
inline constexpr const char* epochs_step = R"sql(
CREATE TABLE polystore_epoch_counter (
  only_row INTEGER NOT NULL PRIMARY KEY CHECK (only_row = 1),
  epoch    INTEGER NOT NULL CHECK (epoch >= 0)
) STRICT;
INSERT INTO polystore_epoch_counter VALUES (1, 0);
CREATE TABLE polystore_epochs (
  kind  INTEGER NOT NULL,
  name  BLOB NOT NULL,
  epoch INTEGER NOT NULL CHECK (epoch > 0),
  PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX polystore_epochs_by_epoch ON polystore_epochs (epoch);
)sql";

// On whose behalf a content was made; NULL: nobody's in particular.
inline constexpr const char* tenants_step = R"sql(
ALTER TABLE ai_generated_content ADD COLUMN tenant TEXT CHECK (length(tenant) BETWEEN 1 AND 255);
CREATE INDEX ai_generated_content_by_tenant ON ai_generated_content (tenant, generated_at, id)
  WHERE tenant IS NOT NULL;
)sql";

// The contents of a tag or title word newest first, so that a page of them is read from the index
// as it is: the time beside it, which like the content's own never changes.
inline constexpr const char* list_times_step = R"sql(
CREATE TABLE polystore_new (
  content_id   BLOB NOT NULL REFERENCES ai_generated_content (id) ON DELETE CASCADE,
  tag_id       INTEGER NOT NULL REFERENCES tags (id),
  generated_at INTEGER NOT NULL,
  PRIMARY KEY (content_id, tag_id)
) STRICT, WITHOUT ROWID;
INSERT INTO polystore_new SELECT l.content_id, l.tag_id, c.generated_at
  FROM content_tags l CROSS JOIN ai_generated_content c ON c.id = l.content_id
  ORDER BY l.content_id, l.tag_id;
DROP TABLE content_tags;
ALTER TABLE polystore_new RENAME TO content_tags;
CREATE INDEX content_tags_by_tag ON content_tags (tag_id, generated_at, content_id);

CREATE TABLE polystore_new (
  content_id   BLOB NOT NULL REFERENCES ai_generated_content (id) ON DELETE CASCADE,
  word         TEXT NOT NULL,
  generated_at INTEGER NOT NULL,
  PRIMARY KEY (content_id, word)
) STRICT, WITHOUT ROWID;
INSERT INTO polystore_new SELECT l.content_id, l.word, c.generated_at
  FROM content_title_words l CROSS JOIN ai_generated_content c ON c.id = l.content_id
  ORDER BY l.content_id, l.word;
DROP TABLE content_title_words;
ALTER TABLE polystore_new RENAME TO content_title_words;
CREATE INDEX content_title_words_by_word ON content_title_words (word, generated_at, content_id);
)sql";

// Up to which number invalidations are forgotten (one row, or none), and notes of when the numbers
// up to one had been given out.
inline constexpr const char* forgetting_step = R"sql(
CREATE TABLE polystore_epochs_forgotten (epoch INTEGER NOT NULL PRIMARY KEY) STRICT;
CREATE TABLE polystore_epoch_notes (
  epoch    INTEGER NOT NULL PRIMARY KEY,
  noted_at INTEGER NOT NULL
) STRICT;
)sql";

inline constexpr std::array metadata_steps{R"sql(
CREATE TABLE users (
  id         INTEGER NOT NULL PRIMARY KEY,
  name       TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 255),
  created_at INTEGER NOT NULL DEFAULT (unixepoch() * 1000)
) STRICT;

CREATE TABLE models (
  id   INTEGER NOT NULL PRIMARY KEY,
  name TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 255)
) STRICT;

CREATE TABLE ai_generated_content (
  id                BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  title             TEXT NOT NULL CHECK (length(title) BETWEEN 1 AND 255),
  model_id          INTEGER NOT NULL REFERENCES models (id),
  generated_at      INTEGER NOT NULL,  -- milliseconds since 1970, UTC
  user_id           INTEGER NOT NULL REFERENCES users (id),
  prompt_tokens     INTEGER NOT NULL CHECK (prompt_tokens >= 0),
  completion_tokens INTEGER NOT NULL CHECK (completion_tokens >= 0),
  latency_micros    INTEGER NOT NULL CHECK (latency_micros >= 0),
  content_hash      BLOB NOT NULL CHECK (length(content_hash) = 32),
  version           INTEGER NOT NULL CHECK (version >= 1)
) STRICT, WITHOUT ROWID;
CREATE INDEX ai_generated_content_by_time ON ai_generated_content (generated_at, id);
CREATE INDEX ai_generated_content_by_user ON ai_generated_content (user_id, generated_at, id);
CREATE INDEX ai_generated_content_by_model ON ai_generated_content (model_id, generated_at, id);

CREATE TABLE tags (
  id   INTEGER NOT NULL PRIMARY KEY,
  name TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 100)
) STRICT;

CREATE TABLE content_tags (
  content_id BLOB NOT NULL REFERENCES ai_generated_content (id) ON DELETE CASCADE,
  tag_id     INTEGER NOT NULL REFERENCES tags (id),
  PRIMARY KEY (content_id, tag_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX content_tags_by_tag ON content_tags (tag_id, content_id);

CREATE TABLE content_title_words (
  content_id BLOB NOT NULL REFERENCES ai_generated_content (id) ON DELETE CASCADE,
  word       TEXT NOT NULL,
  PRIMARY KEY (content_id, word)
) STRICT, WITHOUT ROWID;
CREATE INDEX content_title_words_by_word ON content_title_words (word, content_id);

CREATE TABLE polystore_tombstones (
  id        BLOB NOT NULL PRIMARY KEY,
  erased_at INTEGER NOT NULL DEFAULT (unixepoch() * 1000)
) STRICT, WITHOUT ROWID;

CREATE TABLE polystore_outbox (
  sequence        INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  id              BLOB NOT NULL,
  version         INTEGER NOT NULL,
  operation       INTEGER NOT NULL,  -- 0 write, 1 erase
  created_at      INTEGER NOT NULL,
  next_attempt_at INTEGER NOT NULL,
  attempts        INTEGER NOT NULL DEFAULT 0,
  dead            INTEGER NOT NULL DEFAULT 0,
  last_failure    TEXT NOT NULL DEFAULT '',
  body            BLOB NOT NULL
) STRICT;
CREATE INDEX polystore_outbox_by_id ON polystore_outbox (id, version);
CREATE INDEX polystore_outbox_due ON polystore_outbox (dead, next_attempt_at);

CREATE VIEW ai_generated_content_flat AS
SELECT lower(substr(hex(c.id), 1, 8) || '-' || substr(hex(c.id), 9, 4) || '-' ||
             substr(hex(c.id), 13, 4) || '-' || substr(hex(c.id), 17, 4) || '-' ||
             substr(hex(c.id), 21)) AS id,
       c.title AS title,
       m.name AS model_used,
       strftime('%Y-%m-%dT%H:%M:%fZ', c.generated_at / 1000.0, 'unixepoch') AS generated_at,
       c.user_id AS user_id
FROM ai_generated_content c JOIN models m ON m.id = c.model_id;
)sql",       add_update_token, identity_step,  epochs_step,
                                           tenants_step, list_times_step,  forgetting_step};

inline constexpr const char* owner_step = R"sql(
CREATE TABLE polystore_owner (
  only_row INTEGER NOT NULL PRIMARY KEY CHECK (only_row = 1),
  store_id TEXT NOT NULL
) STRICT;
)sql";

// Bodies beyond a document (ADR 31). With rowids: large rows don't belong into an index.
inline constexpr const char* bodies_step = R"sql(
CREATE TABLE polystore_bodies (
  id      BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  content BLOB NOT NULL CHECK (length(content) = 16),
  user_id INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE polystore_body_chunks (
  body  BLOB NOT NULL CHECK (length(body) = 16),
  n     INTEGER NOT NULL CHECK (n >= 0),
  hash  INTEGER NOT NULL,
  bytes BLOB NOT NULL CHECK (length(bytes) > 0),
  PRIMARY KEY (body, n)
) STRICT;
)sql";

inline constexpr std::array output_steps{R"sql(
CREATE TABLE outputs (
  id      BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  version INTEGER NOT NULL CHECK (version >= 1),
  body    BLOB NOT NULL
) STRICT;
)sql",
                                         owner_step, bodies_step};

// What contents' vectors are of: the content's version, or when the content was erased.
inline constexpr const char* vector_orders_step = R"sql(
CREATE TABLE polystore_vector_orders (
  key          BLOB NOT NULL PRIMARY KEY,
  content      INTEGER NOT NULL,
  forgotten_at INTEGER  -- milliseconds since 1970
) STRICT, WITHOUT ROWID;
CREATE INDEX polystore_vector_orders_forgotten ON polystore_vector_orders (forgotten_at)
  WHERE forgotten_at IS NOT NULL;
)sql";

// AUTOINCREMENT: a version is never used again. Keys are bytes: they have NULs.
inline constexpr std::array vector_steps{R"sql(
CREATE TABLE polystore_vector_spaces (
  name       TEXT NOT NULL PRIMARY KEY,
  dimensions INTEGER NOT NULL CHECK (dimensions >= 1),
  metric     INTEGER NOT NULL,
  encoding   INTEGER NOT NULL
) STRICT;

CREATE TABLE polystore_vectors (
  key     BLOB NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL,
  body    BLOB NOT NULL
) STRICT;

CREATE TABLE polystore_vector_log (
  version INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  key     BLOB NOT NULL
) STRICT;
)sql",
                                         vector_orders_step};

}  // namespace polystore::adapters::sqlite
