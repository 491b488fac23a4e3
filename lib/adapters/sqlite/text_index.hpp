#pragma once

#include "adapters/sqlite/database.hpp"

#include <cstddef>

/// An index (FTS5) of the words of the outputs' file. Triggers take out what a change or an erase
/// outdates, whoever makes it, and note what is to be indexed: a process with the index does so in
/// the same transaction; what one without it has put is indexed by the next search.
namespace polystore::adapters::sqlite {

/// Makes the index unless it is there, and indexes what is noted, a hundred outputs in a
/// transaction. Blocks until `deadline` at most. A retry is safe, and goes on.
/// Errors: unsupported when this SQLite was built without FTS5.
void make_text_index(Database& database, Deadline deadline);

/// Indexes so many of the outputs that are noted, in the caller's transaction; how many there were.
std::size_t index_texts(Connection& connection, std::size_t limit, Deadline deadline);

}  // namespace polystore::adapters::sqlite
