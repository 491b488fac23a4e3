#include "polystore/postgres/pipeline.hpp"

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

const Result& PipelineResults::at(std::size_t index) const {
  const Item& item = items_.at(index);
  if (item.error) throw Error(*item.error);
  return item.result;
}

Result PipelineResults::take(std::size_t index) {
  (void)at(index);
  return std::move(items_[index].result);
}

void PipelineResults::check() const {
  for (const Item& item : items_) {
    if (item.error) throw Error(*item.error);
  }
}

void PipelineResults::drop_front(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) (void)at(i);
  items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(count));
}

}  // namespace polystore::postgres
