#pragma once

#include "polystore/content.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace polystore {

/// Where a Page ended. Opaque text, safe in URLs; hand it to Query::after with the same filters.
struct Cursor {
  std::string text{};

  friend bool operator==(const Cursor&, const Cursor&) = default;
};

/// Which contents to list; a filter left out lets everything pass. Newest first: by generated_at,
/// then by id, both descending.
struct Query {
  std::optional<std::int64_t> user_id{};
  std::optional<Tenant> tenant{};  ///< Shared: those of no tenant.
  std::optional<std::string> model{};
  std::vector<std::string> tags{};   ///< All of them.
  std::optional<Timestamp> since{};  ///< Inclusive.
  std::optional<Timestamp> until{};  ///< Exclusive.
  std::string title_words{};  ///< Every word of it occurs in the title, as a whole, in any case.
  std::uint32_t limit = 50;   ///< 1 to limits::page_items.
  std::optional<Cursor> after{};
};

/// One page of a listing. `next` is absent on the last one. A page costs the same wherever it lies.
struct Page {
  std::vector<Metadata> items{};
  std::optional<Cursor> next{};
};

}  // namespace polystore
