#pragma once

#include "polystore/content.hpp"
#include "polystore/postgres/params.hpp"
#include "polystore/postgres/result.hpp"

#include "ports/metadata_port.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace polystore::adapters::postgres {

struct FindStatement {
  std::string sql;
  polystore::postgres::Params params;
};

/// The statement that lists a page. Values are parameters only. Pure.
FindStatement find_statement(const ports::FindParams& params);

/// The statement that lists rows by id.
FindStatement scan_statement(const ContentId& after, std::size_t limit);

/// The statement that counts rows.
FindStatement count_statement(const ports::RowFilter& filter);

/// The statement that names the oldest rows.
FindStatement oldest_statement(const ports::RowFilter& filter, std::size_t limit);

/// The rows that the first two give.
std::vector<Metadata> read_metadata(const polystore::postgres::Result& rows);

}  // namespace polystore::adapters::postgres
