#pragma once

#include "adapters/postgres/find.hpp"
#include "adapters/postgres/sql.hpp"
#include "ports/text_port.hpp"

/// A column of polystore_outputs with the words of each document, made by PostgreSQL itself, and a
/// GIN index on it. Beside the words it has labels of user, tenant and model, so that a search of
/// one user's contents reads no other's.
namespace polystore::adapters::postgres {

/// Makes both unless they are there, in one transaction, which holds up whoever writes or reads the
/// table meanwhile. Blocks until the deadline at most. A retry is safe.
void make_text_index(pq::Connection& connection, Deadline deadline);

/// The statement that searches: rows of id, version and score. Values are parameters only. Pure.
FindStatement text_statement(const ports::TextSearch& search);

}  // namespace polystore::adapters::postgres
