#pragma once

#include "polystore/content.hpp"
#include "polystore/postgres/params.hpp"
#include "polystore/postgres/result.hpp"

#include "ports/find_lists.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace polystore::adapters::postgres {

struct FindStatement {
  std::string sql;
  polystore::postgres::Params params;
};

/// Goes before the statements of find, in their transaction. Each list has its index, so the table
/// is never worth reading instead; nor are these statements worth compiling, however dear the
/// planner thinks them.
inline constexpr const char* plan_for_find =
    "SELECT set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true)";

/// The same for what counts, which also is not to read a long list whole to put it in order.
inline constexpr const char* plan_for_count =
    "SELECT set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true), "
    "set_config('enable_bitmapscan', 'off', true)";

/// The lists of find_lists, but one for all title words, and after another: their index has no
/// order, so they are looked up only when a walk has found too few.
std::vector<ports::FindList> lists_of(const ports::FindParams& params);

/// The statement that counts each list up to so many rows: one row. Values are parameters only.
/// Pure, as all here.
FindStatement count_lists_statement(const ports::FindParams& params, std::size_t rows);

/// The statement that lists a page by walking so many rows of `list`; 0: all of them.
FindStatement find_statement(const ports::FindParams& params, const ports::FindList& list,
                             std::size_t rows);

/// The statement that lists rows by id.
FindStatement scan_statement(const ContentId& after, std::size_t limit);

/// The statement that reads the rows of these ids.
FindStatement rows_statement(std::span<const ContentId> ids);

/// The statement that counts rows.
FindStatement count_statement(const ports::RowFilter& filter);

/// The statement that names the oldest rows.
FindStatement oldest_statement(const ports::RowFilter& filter, std::size_t limit);

/// The rows that find and scan give.
std::vector<Metadata> read_metadata(const polystore::postgres::Result& rows);

}  // namespace polystore::adapters::postgres
