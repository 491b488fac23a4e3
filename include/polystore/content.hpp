#pragma once

#include "polystore/content_id.hpp"
#include "polystore/document.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
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

/// What a caller hands to put. limits.hpp has the bounds; text is UTF-8 without NUL.
struct Draft {
  std::string title{};
  std::string model{};
  std::int64_t user_id = 0;  ///< A user that ensure_user made known.
  Document output{};
  std::vector<std::string> tags{};  ///< Repeats are dropped; kept sorted.
  Usage usage{};
  std::optional<Timestamp> generated_at{};  ///< Absent: now.
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
  Timestamp generated_at{};
  std::vector<std::string> tags{};  ///< Sorted, unique.
  Usage usage{};

  friend bool operator==(const Metadata&, const Metadata&) = default;
};

/// What update changes of a Content. A field that is left out stays as it is; the bounds are those
/// of a Draft. Who made a content, and when, never changes.
struct Patch {
  std::optional<std::string> title{};
  std::optional<std::string> model{};
  std::optional<std::vector<std::string>> tags{};  ///< In place of all that there are.
  std::optional<Usage> usage{};
  std::optional<Document> output{};
  /// Given: only this version is changed, so that what was read before is not overwritten unseen.
  std::optional<std::int64_t> expected_version{};
};

/// A stored Draft: its metadata and its output.
struct Content {
  Metadata metadata{};
  Document output{};

  friend bool operator==(const Content&, const Content&) = default;
};

}  // namespace polystore
