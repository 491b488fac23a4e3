#pragma once

#include "polystore/content.hpp"
#include "polystore/mysql/result.hpp"
#include "polystore/mysql/statement.hpp"

#include "ports/find_lists.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace polystore::adapters::mysql {

/// The statement that counts each list of find_lists up to so many rows: one row. Pure, as the
/// others; `params` has one bound (find_lists.hpp).
polystore::mysql::Statement count_lists_statement(const ports::FindParams& params,
                                                  std::size_t rows);

/// The statement that lists a page by walking so many rows of `list`; 0: all of them.
polystore::mysql::Statement find_statement(const ports::FindParams& params,
                                           const ports::FindList& list, std::size_t rows);

/// The statement that lists rows by id.
polystore::mysql::Statement scan_statement(const ContentId& after, std::size_t limit);

/// The statement that reads the rows of these ids: at least one.
polystore::mysql::Statement rows_statement(std::span<const ContentId> ids);

/// The statement that counts rows.
polystore::mysql::Statement count_statement(const ports::RowFilter& filter);

/// The statement that names the oldest rows.
polystore::mysql::Statement oldest_statement(const ports::RowFilter& filter, std::size_t limit);

/// What find and scan give: a content is as many rows as it has tags, and at least one.
std::vector<Metadata> read_metadata(const polystore::mysql::Result& rows);

}  // namespace polystore::adapters::mysql
