#include "polystore/postgres/result.hpp"

#include "support/errors.hpp"

#include <catch2/catch_test_macros.hpp>

#include <optional>
#include <string>

using namespace polystore;
using namespace polystore::postgres;
using namespace std::string_literals;

namespace {

/// One row with one binary value of type `type`; no value means NULL.
Result cell(Oid type, std::optional<std::string> value) {
  PgResult result(PQmakeEmptyPGresult(nullptr, PGRES_TUPLES_OK));
  char name[] = "c";
  PGresAttDesc column{name, 0, 0, 1, type, -1, -1};
  REQUIRE(PQsetResultAttrs(result.get(), 1, &column) == 1);
  REQUIRE(PQsetvalue(result.get(), 0, 0, value ? value->data() : nullptr,
                     value ? static_cast<int>(value->size()) : -1) == 1);
  return Result(std::move(result));
}

template <class Call>
void check_mismatch(Call&& call) {
  CHECK(test::error_of(std::forward<Call>(call)).code() == ErrorCode::internal);
}

}  // namespace

TEST_CASE("values of a result are read in their type") {
  CHECK(cell(20, "\xff\xff\xff\xff\xff\xff\xff\xfe"s).int64(0, 0) == -2);
  CHECK(cell(23, "\xff\xff\xff\xfe"s).int64(0, 0) == -2);
  CHECK(cell(21, "\xff\xfe"s).int64(0, 0) == -2);
  CHECK(cell(16, "\1"s).boolean(0, 0));
  CHECK(cell(701, "\x3f\xf0\0\0\0\0\0\0"s).float64(0, 0) == 1.0);
  CHECK(cell(25, "a\0b"s).text(0, 0) == "a\0b"s);
  CHECK(cell(1043, ""s).text(0, 0).empty());
  CHECK(cell(17, "\0\1"s).bytea(0, 0).size() == 2);
  CHECK(cell(2950, std::string(16, '\7')).uuid(0, 0)[15] == 7);
  CHECK(cell(1184, std::string(8, '\0')).timestamptz(0, 0) ==
        std::chrono::sys_days(std::chrono::year(2000) / 1 / 1));
  CHECK(cell(1184, "\xff\xff\xff\xff\xff\xff\xff\xff"s).timestamptz(0, 0) ==
        std::chrono::sys_days(std::chrono::year(2000) / 1 / 1) - std::chrono::milliseconds(1));
}

TEST_CASE("text arrays are read") {
  CHECK(cell(1009, "\0\0\0\0\0\0\0\0\0\0\0\x19"s).text_array(0, 0).empty());
  CHECK(cell(1009, "\0\0\0\1\0\0\0\0\0\0\0\x19\0\0\0\2\0\0\0\1\0\0\0\0\0\0\0\2ab"s)
            .text_array(0, 0) == std::vector<std::string>{"", "ab"});
}

TEST_CASE("a reader that does not match its statement is told so") {
  const Result null = cell(20, std::nullopt);
  CHECK(null.is_null(0, 0));
  check_mismatch([&] { (void)null.int64(0, 0); });
  const Result number = cell(20, std::string(8, '\0'));
  CHECK_FALSE(number.is_null(0, 0));
  check_mismatch([&] { (void)number.is_null(1, 0); });
  check_mismatch([&] { (void)number.int64(0, 1); });
  check_mismatch([&] { (void)number.text(0, 0); });
  check_mismatch([&] { (void)Result().int64(0, 0); });
  CHECK(Result().rows() == 0);
  CHECK(Result().affected_rows() == 0);
}

TEST_CASE("damaged values are refused, not read past their end") {
  check_mismatch([] { (void)cell(20, "\1"s).int64(0, 0); });
  check_mismatch([] { (void)cell(2950, "\1"s).uuid(0, 0); });
  check_mismatch([] { (void)cell(1184, "\x7f\xff\xff\xff\xff\xff\xff\xff"s).timestamptz(0, 0); });
  const std::string array = "\0\0\0\1\0\0\0\0\0\0\0\x19\0\0\0\2\0\0\0\1\0\0\0\0\0\0\0\2ab"s;
  for (std::size_t length = 0; length < array.size(); ++length) {
    check_mismatch([&] { (void)cell(1009, array.substr(0, length)).text_array(0, 0); });
  }
  check_mismatch([] {
    (void)cell(1009, "\0\0\0\1\0\0\0\1\0\0\0\x19\0\0\0\1\0\0\0\1\xff\xff\xff\xff"s)
        .text_array(0, 0);
  });
}
