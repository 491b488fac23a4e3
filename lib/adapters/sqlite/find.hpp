#pragma once

#include "polystore/sqlite/statement.hpp"

#include "adapters/sqlite/database.hpp"
#include "ports/find_lists.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace polystore::adapters::sqlite {

/// A page by walking one list; `params` has one bound (find_lists.hpp).
struct Walk {
  ports::FindParams params{};
  ports::FindList list{};
  std::optional<ports::ListPosition> last{};  ///< The last row to look at; absent: all of them.
};

/// The statement that lists it. Depends only on which filters there are, and roughly on how many
/// words and tags.
std::string find_sql(const Walk& walk);
void bind_find(polystore::sqlite::Statement& statement, const Walk& walk);

/// The walk that looks at so many rows.
Walk walk_of(Connection& connection, const ports::FindParams& params, const ports::FindList& list,
             std::size_t rows, Deadline deadline);

/// As ports::find_in_lists wants them.
std::vector<std::int64_t> count_lists(Connection& connection, const ports::FindParams& params,
                                      std::size_t rows, Deadline deadline);

}  // namespace polystore::adapters::sqlite
