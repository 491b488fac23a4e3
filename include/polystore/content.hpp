#pragma once

#include "polystore/content_id.hpp"
#include "polystore/document.hpp"
#include "polystore/request.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace polystore {

/// UTC, to the millisecond: the finest that every backend keeps. Years 1 to 9999.
using Timestamp = std::chrono::sys_time<std::chrono::milliseconds>;

/// What a generation cost. None may be negative.
struct Usage {
  std::int64_t prompt_tokens = 0;
  std::int64_t completion_tokens = 0;
  std::chrono::microseconds latency{0};

  friend bool operator==(const Usage&, const Usage&) = default;
};

/// The embedding of a content: the vector of ContentStore::vectors() whose id is the content's, as
/// text, and whose tags are the content's. A space that is not there is made, cosine and float32.
struct Embedding {
  Tenant tenant;                  ///< Whose searches find it.
  std::vector<float> values{};    ///< As of a Vector.
  std::string space = "default";  ///< As of a VectorName.
  std::string model{};            ///< That made it; may be empty.

  friend bool operator==(const Embedding&, const Embedding&) = default;
};

/// Makes the embedding of a content. Called in the thread of the call, before anything is written;
/// what it throws ends the call. An update may call it several times.
using Embedder = std::function<Embedding(std::string_view title, const Document& output)>;

/// What Bodies::put stored with a content, beside its output: bytes of any kind, in chunks.
struct Body {
  ContentId id{};  ///< Of its chunks. Each put has its own, also where the bytes are the same.
  std::int64_t size_bytes = 0;
  std::string media_type{};               ///< As it was given; may be empty.
  std::array<std::uint8_t, 32> sha256{};  ///< Of all its bytes.

  friend bool operator==(const Body&, const Body&) = default;
};

/// What a caller hands to put. limits.hpp has the bounds; text is UTF-8 without NUL.
struct Draft {
  std::string title{};
  std::string model{};
  std::int64_t user_id = 0;          ///< A user that ensure_user made known.
  Tenant tenant = Tenant::shared();  ///< As of Metadata.
  Document output{};
  std::vector<std::string> tags{};  ///< Repeats are dropped; kept sorted.
  Usage usage{};
  std::optional<Timestamp> generated_at{};  ///< Absent: now.
  /// Stored with the content, follows its updates and goes with it (docs/adr/0023).
  std::optional<Embedding> embedding{};
  /// In place of `embedding`.
  Embedder embedder{};
  /// Absent: a new one. Given: putting the same Draft again is one put, not two.
  std::optional<ContentId> id{};
};

/// The normalised part of a Content: the truth about it.
struct Metadata {
  ContentId id{};
  std::int64_t version = 1;  ///< 1 for the first put; one more with each change.
  std::string title{};
  std::string model{};
  std::int64_t user_id = 0;
  /// On whose behalf it was made; shared: nobody's in particular. find and retention go by it; who
  /// has the id gets the content whatever its tenant.
  Tenant tenant = Tenant::shared();
  Timestamp generated_at{};
  std::vector<std::string> tags{};  ///< Sorted, unique.
  Usage usage{};

  friend bool operator==(const Metadata&, const Metadata&) = default;
};

/// What update changes of a Content. A field that is left out stays as it is; the bounds are those
/// of a Draft. Who made a content, for whom and when, never changes.
struct Patch {
  std::optional<std::string> title{};
  std::optional<std::string> model{};
  std::optional<std::vector<std::string>> tags{};  ///< In place of all that there are.
  std::optional<Usage> usage{};
  std::optional<Document> output{};
  /// In place of the one that there is, if any. Left out: it stays, with the new tags; where the
  /// text changes, give a new one.
  std::optional<Embedding> embedding{};
  Embedder embedder{};  ///< In place of `embedding`; gets the content as it will be.
  /// Given: only this version is changed, so that what was read before is not overwritten unseen.
  std::optional<std::int64_t> expected_version{};
};

/// A stored Draft: its metadata and its output.
struct Content {
  Metadata metadata{};
  Document output{};
  std::optional<Embedding> embedding{};
  std::optional<Body> body{};  ///< Never changes. Bodies::read has its bytes.

  friend bool operator==(const Content&, const Content&) = default;
};

}  // namespace polystore
