#pragma once

#include "polystore/deadline.hpp"

#include "adapters/mongo/command_parts.hpp"

#include <set>
#include <string>

/// How the collection of read copies is laid out.
namespace polystore::adapters::mongo {

/// Makes the indexes, and the collection where it is not there.
[[nodiscard]] Bson create_indexes_command(Deadline deadline);

[[nodiscard]] Bson list_indexes_command();

/// Of the reply to list_indexes_command.
[[nodiscard]] std::set<std::string> index_names(const bson_t& reply);

/// Whether the reply to list_indexes_command names every index of create_indexes_command.
[[nodiscard]] bool has_all_indexes(const bson_t& reply);

}  // namespace polystore::adapters::mongo
