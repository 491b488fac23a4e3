#include "polystore/postgres/pipeline.hpp"

#include "polystore/error.hpp"

#include <algorithm>
#include <iterator>

namespace polystore::postgres {

Pipeline& Pipeline::add(std::string sql, Params params) {
  if (sql.find('\0') != std::string::npos) {
    throw_invalid_argument("run a statement", "sql", "has a NUL byte");
  }
  statements_.push_back({.sql = std::move(sql), .params = std::move(params)});
  return *this;
}

Pipeline& Pipeline::add_prepared(std::string sql, Params params) {
  add(std::move(sql), std::move(params));
  statements_.back().prepared = true;
  return *this;
}

Pipeline& Pipeline::append(Pipeline other) {
  std::move(other.statements_.begin(), other.statements_.end(), std::back_inserter(statements_));
  return *this;
}

}  // namespace polystore::postgres
