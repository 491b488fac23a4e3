#include "polystore/postgres/pipeline.hpp"

#include "support/errors.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>

using namespace polystore;
using namespace polystore::postgres;

namespace {

PipelineResults results_with_failure() {
  using Item = PipelineResults::Item;
  const Error failure({.code = ErrorCode::conflict, .native_code = "23505"});
  std::vector<Item> items;
  items.push_back({.status = PipelineResults::Status::ok});
  items.push_back({.status = PipelineResults::Status::failed, .error = failure});
  items.push_back({.status = PipelineResults::Status::aborted, .error = failure});
  return PipelineResults(std::move(items));
}

}  // namespace

TEST_CASE("SQL with a NUL byte is refused, not cut") {
  test::check_refused("sql", "NUL", [] { Pipeline().add(std::string("SELECT 1\0; x", 12)); });
}

TEST_CASE("pipelines are joined in order") {
  Pipeline pipeline;
  pipeline.add("a").append(Pipeline().add("b").add("c"));
  REQUIRE(pipeline.size() == 3);
  CHECK(pipeline.statements()[2].sql == "c");
}

TEST_CASE("a failed statement's error is thrown where its result is asked for") {
  PipelineResults results = results_with_failure();
  CHECK_NOTHROW(results.at(0));
  CHECK(test::error_of([&] { (void)results.at(1); }).native_code() == "23505");
  CHECK(test::error_of([&] { (void)results.take(2); }).native_code() == "23505");
  CHECK(test::error_of([&] { results.check(); }).code() == ErrorCode::conflict);
  results.drop_front(1);
  CHECK(results.size() == 2);
  CHECK(test::error_of([&] { results.drop_front(1); }).code() == ErrorCode::conflict);
}
