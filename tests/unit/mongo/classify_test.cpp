#include "polystore/mongo/classify.hpp"

#include <catch2/catch_test_macros.hpp>
#include <mongoc/mongoc.h>

using namespace polystore;
using polystore::mongo::Classification;
using polystore::mongo::Scope;

namespace {

using enum ErrorCode;
constexpr auto not_applied = Outcome::not_applied;
constexpr auto unknown = Outcome::unknown;

struct Row {
  std::uint32_t domain;
  std::uint32_t code;
  Classification expected;
};

constexpr Row driver_rows[] = {
    // never sent
    {MONGOC_ERROR_SERVER_SELECTION,
     MONGOC_ERROR_SERVER_SELECTION_FAILURE,
     {unavailable, not_applied, true, mongo::Scope::server}},
    {MONGOC_ERROR_STREAM,
     MONGOC_ERROR_STREAM_CONNECT,
     {unavailable, not_applied, true, mongo::Scope::server}},
    {MONGOC_ERROR_STREAM,
     MONGOC_ERROR_STREAM_NAME_RESOLUTION,
     {unavailable, not_applied, true, mongo::Scope::server}},
    {MONGOC_ERROR_STREAM,
     MONGOC_ERROR_STREAM_NOT_ESTABLISHED,
     {unavailable, not_applied, true, mongo::Scope::server}},
    // the answer was lost
    {MONGOC_ERROR_STREAM,
     MONGOC_ERROR_STREAM_SOCKET,
     {unavailable, unknown, true, mongo::Scope::server}},
    {MONGOC_ERROR_STREAM,
     MONGOC_ERROR_STREAM_INVALID_STATE,
     {unavailable, unknown, true, mongo::Scope::server}},
    {MONGOC_ERROR_PROTOCOL,
     MONGOC_ERROR_PROTOCOL_INVALID_REPLY,
     {unavailable, unknown, true, mongo::Scope::server}},
    {MONGOC_ERROR_WRITE_CONCERN, 64, {unavailable, unknown, true, mongo::Scope::operation}},
    // the document
    {MONGOC_ERROR_BSON,
     MONGOC_ERROR_BSON_INVALID,
     {invalid_argument, not_applied, false, mongo::Scope::document}},
    // configuration
    {MONGOC_ERROR_CLIENT,
     MONGOC_ERROR_CLIENT_AUTHENTICATE,
     {access_denied, not_applied, false, mongo::Scope::operation}},
    {MONGOC_ERROR_SASL, 1, {access_denied, not_applied, false, mongo::Scope::operation}},
    {MONGOC_ERROR_SCRAM,
     MONGOC_ERROR_SCRAM_PROTOCOL_ERROR,
     {access_denied, not_applied, false, mongo::Scope::operation}},
    // not in the table: no retry, no guess
    {MONGOC_ERROR_CLIENT,
     MONGOC_ERROR_CLIENT_NOT_READY,
     {internal, not_applied, false, mongo::Scope::operation}},
    {MONGOC_ERROR_GRIDFS, 1, {internal, not_applied, false, mongo::Scope::operation}},
    {MONGOC_ERROR_SERVER, 91, {unavailable, not_applied, true, mongo::Scope::server}},
};

struct ServerRows {
  Classification expected;
  std::initializer_list<std::uint32_t> codes;
};

void check_equal(const Classification& actual, const Classification& expected) {
  CHECK(to_string(actual.code) == to_string(expected.code));
  CHECK(to_string(actual.outcome) == to_string(expected.outcome));
  CHECK(actual.retryable == expected.retryable);
  CHECK(static_cast<int>(actual.scope) == static_cast<int>(expected.scope));
}

}  // namespace

TEST_CASE("each error of libmongoc has one meaning") {
  for (const Row& row : driver_rows) {
    INFO("domain " << row.domain << ", code " << row.code);
    check_equal(mongo::classify(row.domain, row.code), row.expected);
  }
}

TEST_CASE("each code of a MongoDB server has one meaning") {
  const ServerRows table[] = {
      {{unavailable, not_applied, true, mongo::Scope::server},
       {6, 7, 89, 91, 134, 189, 262, 462, 9001, 10058, 10107, 11600, 11602, 13435, 13436}},
      {{unavailable, not_applied, true, mongo::Scope::operation}, {43, 112, 11601}},
      {{deadline_exceeded, unknown, true, mongo::Scope::operation}, {50}},
      {{overloaded, not_applied, true, mongo::Scope::server}, {14031}},
      {{unavailable, unknown, true, mongo::Scope::operation}, {64, 100}},
      {{conflict, not_applied, false, mongo::Scope::document}, {11000, 11001, 12582}},
      {{invalid_argument, not_applied, false, mongo::Scope::document},
       {2, 9, 14, 15, 121, 10334, 17280, 17419, 17420}},
      {{not_found, not_applied, false, mongo::Scope::operation}, {26}},
      {{access_denied, not_applied, false, mongo::Scope::operation}, {13, 18, 8000}},
      {{unsupported, not_applied, false, mongo::Scope::operation}, {20, 59, 72, 115, 40413, 40415}},
      // not in the table: no retry, no guess
      {{internal, not_applied, false, mongo::Scope::operation}, {0, 1, 8, 99999}},
  };
  for (const ServerRows& rows : table) {
    for (const std::uint32_t code : rows.codes) {
      INFO("code " << code);
      check_equal(mongo::classify_server_code(code), rows.expected);
    }
  }
}

TEST_CASE("a duplicate key is told by its code") {
  for (const std::uint32_t code : {11000U, 11001U, 12582U}) CHECK(mongo::is_duplicate_key(code));
  CHECK_FALSE(mongo::is_duplicate_key(121));
}
