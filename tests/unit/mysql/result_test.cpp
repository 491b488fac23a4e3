#include "polystore/mysql/result.hpp"

#include "support/errors.hpp"

#include <catch2/catch_test_macros.hpp>

#include <limits>
#include <string>
#include <vector>

using namespace polystore;
using namespace polystore::mysql;
using namespace std::string_literals;

namespace {

Result result_of(std::size_t columns, const std::vector<std::optional<std::string>>& values) {
  Result result(columns);
  for (const auto& value : values) result.add(value);
  return result;
}

template <class Call>
void check_mismatch(Call&& call) {
  const Error error = test::error_of(std::forward<Call>(call));
  CHECK(error.code() == ErrorCode::internal);
  CHECK(error.backend() == Backend::mysql);
}

ScriptResults results_with_failure() {
  using Item = ScriptResults::Item;
  const Error failure({.code = ErrorCode::conflict, .native_code = "1062"});
  std::vector<Item> items;
  items.push_back({.status = ScriptResults::Status::ok});
  items.push_back({.status = ScriptResults::Status::failed, .error = failure});
  items.push_back({.status = ScriptResults::Status::aborted, .error = failure});
  return ScriptResults(std::move(items));
}

}  // namespace

TEST_CASE("values are read by row and column in the form that is asked for") {
  const Result result =
      result_of(3, {"1", "a\0b"s, std::nullopt, "-9223372036854775808", "", std::string(16, '\7')});
  CHECK(result.rows() == 2);
  CHECK(result.columns() == 3);
  CHECK(result.int64(0, 0) == 1);
  CHECK(result.int64(1, 0) == std::numeric_limits<std::int64_t>::min());
  CHECK(result.text(0, 1) == "a\0b"s);
  CHECK(result.text(1, 1).empty());
  CHECK(result.bytes(0, 1).size() == 3);
  CHECK(result.is_null(0, 2));
  CHECK_FALSE(result.is_null(1, 2));
  CHECK(result.uuid(1, 2)[15] == 7);
}

TEST_CASE("a value of another form, a NULL and one that does not exist are refused") {
  const Result result = result_of(2, {"1x", std::nullopt, "9223372036854775808", "short"});
  check_mismatch([&] { (void)result.int64(0, 0); });
  check_mismatch([&] { (void)result.int64(1, 0); });
  check_mismatch([&] { (void)result.text(0, 1); });
  check_mismatch([&] { (void)result.uuid(1, 1); });
  check_mismatch([&] { (void)result.is_null(2, 0); });
  check_mismatch([&] { (void)result.is_null(0, 2); });
  check_mismatch([&] { (void)Result().text(0, 0); });
}

TEST_CASE("a failed statement's error is thrown where its result is asked for") {
  ScriptResults results = results_with_failure();
  CHECK_NOTHROW(results.at(0));
  CHECK(test::error_of([&] { (void)results.at(1); }).native_code() == "1062");
  CHECK(test::error_of([&] { (void)results.take(2); }).native_code() == "1062");
  CHECK(test::error_of([&] { results.check(); }).code() == ErrorCode::conflict);
  results.drop_front(1);
  CHECK(results.size() == 2);
  CHECK(test::error_of([&] { results.drop_front(1); }).code() == ErrorCode::conflict);
}
