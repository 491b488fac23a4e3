#include "polystore/redis/classify.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace polystore;
using polystore::redis::classify;
using polystore::redis::error_word;

namespace {

using enum ErrorCode;
using polystore::redis::Scope;

struct Row {
  const char* error;
  redis::Classification expected;
};

constexpr Row rows[] = {
    // the same server, later
    {"LOADING Redis is loading the dataset in memory", {unavailable, true, Scope::command}},
    {"BUSY Redis is busy running a script.", {unavailable, true, Scope::command}},
    {"TRYAGAIN Multiple keys request during rehashing", {unavailable, true, Scope::command}},
    {"MASTERDOWN Link with MASTER is down", {unavailable, true, Scope::command}},
    {"CLUSTERDOWN The cluster is down", {unavailable, true, Scope::command}},
    {"NOREPLICAS Not enough good replicas to write.", {unavailable, true, Scope::command}},
    {"MISCONF Redis is configured to save RDB snapshots", {unavailable, true, Scope::command}},
    {"OOM command not allowed when used memory > 'maxmemory'.", {overloaded, true, Scope::command}},
    // another server, or another connection
    {"READONLY You can't write against a read only replica.",
     {unavailable, true, Scope::connection}},
    {"MOVED 3999 127.0.0.1:6381", {unavailable, true, Scope::command}},
    {"ASK 3999 127.0.0.1:6381", {unavailable, true, Scope::command}},
    {"UNBLOCKED force unblock from blocking operation", {unavailable, true, Scope::connection}},
    {"ERR max number of clients reached", {overloaded, true, Scope::connection}},
    // configuration
    {"NOAUTH Authentication required.", {access_denied, false, Scope::connection}},
    {"WRONGPASS invalid username-password pair", {access_denied, false, Scope::connection}},
    {"DENIED Redis is running in protected mode", {access_denied, false, Scope::connection}},
    {"ERR invalid password", {access_denied, false, Scope::connection}},
    {"ERR Client sent AUTH, but no password is set", {access_denied, false, Scope::connection}},
    {"ERR AUTH <password> called without any password configured",
     {access_denied, false, Scope::connection}},
    {"NOPERM this user has no permissions to run the 'get' command",
     {access_denied, false, Scope::command}},
    {"NOPROTO unsupported protocol version", {unsupported, false, Scope::connection}},
    // the call
    {"WRONGTYPE Operation against a key holding the wrong kind of value",
     {invalid_argument, false, Scope::command}},
    {"CROSSSLOT Keys in request don't hash to the same slot",
     {invalid_argument, false, Scope::command}},
    {"NOSCRIPT No matching script.", {not_found, true, Scope::command}},
    {"EXECABORT Transaction discarded", {invalid_argument, false, Scope::command}},
    // not in the table: no retry, no guess
    {"ERR syntax error", {internal, false, Scope::command}},
    {"SOMETHING new", {internal, false, Scope::command}},
    {"", {internal, false, Scope::command}},
};

}  // namespace

TEST_CASE("each error reply of Redis has one meaning") {
  for (const Row& row : rows) {
    INFO(row.error);
    const auto actual = classify(row.error);
    CHECK(to_string(actual.code) == to_string(row.expected.code));
    CHECK(actual.retryable == row.expected.retryable);
    CHECK(static_cast<int>(actual.scope) == static_cast<int>(row.expected.scope));
  }
}

TEST_CASE("only the first word of an error reply is shown, and only if it is one") {
  CHECK(error_word("WRONGTYPE Operation against") == "WRONGTYPE");
  CHECK(error_word("ERR unknown command 's3cr3t'") == "ERR");
  CHECK(error_word("s3cr3t") == "ERR");
  CHECK(error_word("S3CRET") == "ERR");
  CHECK(error_word("") == "ERR");
  CHECK(error_word("ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJ x") == "ERR");
}
