#pragma once

#include "polystore/error.hpp"
#include "polystore/postgres/classify.hpp"

#include <libpq-fe.h>

#include <string>
#include <string_view>

/// Errors in our own words: what libpq and the server write holds passwords and users' data.
namespace polystore::postgres {

inline constexpr std::string_view statement_operation = "run a statement";

/// A failure that the server reported.
Error server_error(std::string_view operation, std::string_view sqlstate, Severity severity,
                   Phase phase);

/// The connection was lost without a word.
Error lost_error(std::string_view operation, Phase phase);

Error deadline_error(std::string_view operation, Phase phase);

/// A mistake in the use of this library.
Error misuse_error(std::string_view message);

/// The SQLSTATE of a result or notice; empty if it has none.
std::string_view sqlstate_of(const PGresult* result) noexcept;
Severity severity_of(const PGresult* result) noexcept;

}  // namespace polystore::postgres
