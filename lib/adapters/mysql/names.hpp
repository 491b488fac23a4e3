#pragma once

#include "polystore/mysql/connection.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace polystore::adapters::mysql {

using NameSet = std::set<std::string_view>;
using NameMap = std::map<std::string, std::int64_t, std::less<>>;

/// The numbers of models and tags by name.
struct NameIds {
  NameMap models;
  NameMap tags;
};

/// Makes models and tags known and gives their numbers. Not in the transaction that refers to them:
/// a new name is locked until its transaction ends, and others that need it would wait for outputs
/// to be written, or for each other. Blocks until the deadline at most.
/// Errors: those of a row for a name that the server refuses; unavailable, …
NameIds resolve_names(polystore::mysql::Connection& connection, const NameSet& models,
                      const NameSet& tags, Deadline deadline);

/// The statement that reads the numbers of names: of "models" or "tags".
polystore::mysql::Statement select_names(std::string_view table, const NameSet& names);

/// Takes in what select_names' statement gave.
void read_names(const polystore::mysql::Result& rows, NameMap& known);

}  // namespace polystore::adapters::mysql
