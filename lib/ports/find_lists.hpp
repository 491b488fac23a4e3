#pragma once

#include "ports/metadata_port.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

/// How a page of find is made: the contents of every filter lie in an index by time. One such list
/// is walked, and the other filters are asked of its rows.
namespace polystore::ports {

enum class ListKind : std::uint8_t { all, user, word, tag, tenant, model };
inline constexpr std::size_t list_kinds = 6;

/// What an adapter knows of each kind, in the order above.
template <class Of>
struct EachListKind {
  std::array<Of, list_kinds> of;

  constexpr const Of& operator[](ListKind kind) const noexcept {
    return of[static_cast<std::size_t>(kind)];
  }
};

struct FindList {
  ListKind kind = ListKind::all;
  std::size_t position = 0;  ///< Of a word or tag: which of them.

  friend bool operator==(const FindList&, const FindList&) = default;
};

/// The lists that may be walked, those that tend to be short first: at least one. The contents of
/// no tenant have none.
inline std::vector<FindList> find_lists(const FindParams& params) {
  std::vector<FindList> lists;
  if (params.user_id) lists.push_back({.kind = ListKind::user});
  for (std::size_t i = 0; i < params.title_words.size(); ++i) {
    lists.push_back({.kind = ListKind::word, .position = i});
  }
  for (std::size_t i = 0; i < params.tags.size(); ++i) {
    lists.push_back({.kind = ListKind::tag, .position = i});
  }
  if (params.tenant && !params.tenant->is_shared()) lists.push_back({.kind = ListKind::tenant});
  if (params.model) lists.push_back({.kind = ListKind::model});
  if (lists.empty()) lists.push_back({.kind = ListKind::all});
  return lists;
}

/// With several filters, so many rows of the first one are looked at before the lists are counted:
/// mostly the page is full by then.
inline constexpr std::size_t rows_tried = 1000;
/// If they fill a part of the page, so many at most are looked at as would fill it, before the
/// lists are counted: to count the two that lead to such a page costs far more.
inline constexpr std::size_t most_tried = 4 * rows_tried;
/// Lists are counted up to so many rows at most.
inline constexpr std::size_t most_counted = 100 * rows_tried;

/// A page of several filters. `page(list, rows)` walks a list for it, and looks at no more than
/// `rows` rows of it if that is not 0; `count(rows)` counts the lists up to so many rows each, from
/// where the page begins. What few contents pass is so looked for in the shortest list, and
/// counting costs no more than some times that list.
template <class PageOf, class CountUpTo>
std::vector<Metadata> find_in_lists(const FindParams& params, const std::vector<FindList>& lists,
                                    PageOf page, CountUpTo count) {
  const bool asks_rows = params.tenant && params.tenant->is_shared();  // a filter without a list
  if (lists.size() == 1 && !asks_rows) return page(lists.front(), std::size_t{0});
  auto found = page(lists.front(), rows_tried);
  if (found.size() >= params.limit) return found;
  // Half as many again, for rows that pass do not lie evenly.
  const std::size_t wanted = rows_tried * params.limit * 3 / 2;
  if (found.size() * most_tried >= wanted) {
    found = page(lists.front(), wanted / found.size());
    if (found.size() >= params.limit) return found;
  }
  if (lists.size() == 1) return page(lists.front(), std::size_t{0});
  for (std::size_t rows = rows_tried;; rows *= 10) {
    const std::vector<std::int64_t> counts = count(rows);
    const auto shortest = std::ranges::min_element(counts);
    if (*shortest >= static_cast<std::int64_t>(rows) && rows < most_counted) continue;
    return page(lists.at(static_cast<std::size_t>(shortest - counts.begin())), std::size_t{0});
  }
}

/// Of `after` and the time that lies on its side, `until` or with oldest_first `since`, the one
/// that leaves less: a server begins a walk at one bound only, and passes what lies between it and
/// the other one row by row.
inline FindParams with_one_bound(FindParams params) {
  auto& other = params.oldest_first ? params.since : params.until;
  if (!params.after || !other) return params;
  const Timestamp time = params.after->generated_at;
  if (params.oldest_first ? time >= *other : time < *other) {
    other.reset();
  } else {
    params.after.reset();
  }
  return params;
}

}  // namespace polystore::ports
