#pragma once

#include "polystore/content.hpp"
#include "polystore/mysql/result.hpp"
#include "polystore/mysql/statement.hpp"

#include "ports/metadata_port.hpp"

#include <cstddef>
#include <vector>

namespace polystore::adapters::mysql {

/// The statement that lists a page. Pure.
polystore::mysql::Statement find_statement(const ports::FindParams& params);

/// The statement that lists rows by id.
polystore::mysql::Statement scan_statement(const ContentId& after, std::size_t limit);

/// The statement that counts rows.
polystore::mysql::Statement count_statement(const ports::RowFilter& filter);

/// The statement that names the oldest rows.
polystore::mysql::Statement oldest_statement(const ports::RowFilter& filter, std::size_t limit);

/// What the first two give: a content is as many rows as it has tags, and at least one.
std::vector<Metadata> read_metadata(const polystore::mysql::Result& rows);

}  // namespace polystore::adapters::mysql
