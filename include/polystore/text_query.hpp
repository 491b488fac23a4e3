#pragma once

#include "polystore/content.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace polystore {

/// Which contents to search, where; a filter left out lets everything pass.
struct TextQuery {
  /// Plain words, with no operators: all of them must occur as whole words, in any order and case,
  /// in title, model, tags or the strings of the output, not the body. Up to
  /// limits::search_characters and limits::search_words, with a letter or digit at least.
  std::string text{};
  std::optional<std::int64_t> user_id{};
  std::optional<Tenant> tenant{};  ///< Shared: those of no tenant.
  std::optional<std::string> model{};
  std::uint32_t limit = 50;  ///< 1 to limits::page_items.
};

/// A content that was found. What a score means is the output store's own: compare it with others
/// of the same search only.
struct TextHit {
  Metadata metadata{};
  double score = 0;
};

}  // namespace polystore
