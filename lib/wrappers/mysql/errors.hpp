#pragma once

#include "polystore/error.hpp"
#include "polystore/mysql/classify.hpp"

#include <string_view>

/// Errors in our own words: what the server writes holds users' data.
namespace polystore::mysql {

inline constexpr std::string_view statement_operation = "run a statement";

/// A failure that the server reported, or libmariadb when connecting; the phase is before COMMIT
/// unless told.
Error server_error(std::string_view operation, unsigned number, std::string_view sqlstate,
                   Phase phase);

/// The connection was lost without a word.
Error lost_error(std::string_view operation, Phase phase);

Error deadline_error(std::string_view operation, Phase phase);

/// A mistake in the use of this library.
Error misuse_error(std::string_view message);

}  // namespace polystore::mysql
