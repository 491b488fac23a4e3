#pragma once

#include "vector/rows.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

namespace polystore::vector {

/// Finds the last row of an id, in some 8 bytes a row: the ids are those of the rows. Nothing is
/// removed: a dead row stays until its id has a new one. Threads: one.
class IdTable {
 public:
  explicit IdTable(const Rows& rows) : rows_(rows) {}

  [[nodiscard]] std::optional<std::uint32_t> find(std::string_view id) const {
    if (places_.empty()) return std::nullopt;
    const std::uint32_t row = places_[place_of(id)];
    return row == empty ? std::nullopt : std::optional(row);
  }

  /// Names a row of `rows`, in place of one with the same id.
  void set(std::uint32_t row) {
    if ((used_ + 1) * 4 > places_.size() * 3) grow();
    std::uint32_t& place = places_[place_of(rows_.info(row).id())];
    if (place == empty) ++used_;
    place = row;
  }

 private:
  static constexpr std::uint32_t empty = 0xFFFFFFFF;

  // Where the id is, or would be. There is an empty place.
  [[nodiscard]] std::size_t place_of(std::string_view id) const {
    const std::size_t mask = places_.size() - 1;
    std::size_t at = std::hash<std::string_view>()(id) & mask;
    while (places_[at] != empty && rows_.info(places_[at]).id() != id) at = (at + 1) & mask;
    return at;
  }

  void grow() {
    std::vector<std::uint32_t> before(places_.empty() ? 16 : places_.size() * 2, empty);
    before.swap(places_);
    for (const std::uint32_t row : before) {
      if (row != empty) places_[place_of(rows_.info(row).id())] = row;
    }
  }

  const Rows& rows_;
  std::vector<std::uint32_t> places_;  // a power of two of them
  std::size_t used_ = 0;
};

}  // namespace polystore::vector
