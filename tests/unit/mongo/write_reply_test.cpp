#include "polystore/mongo/write_reply.hpp"

#include "support/errors.hpp"
#include "support/mongo.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

using namespace polystore;
using mongo::parse_write_reply;
using test::bson_of;

TEST_CASE("a reply without errors is a success of all") {
  const auto reply = parse_write_reply(*bson_of(R"({"n":3,"ok":1})").get());
  CHECK(reply.errors.empty());
  CHECK_FALSE(reply.write_concern_error);
}

TEST_CASE("write errors keep the index of their statement") {
  const auto reply = parse_write_reply(*bson_of(R"({"n":1,"writeErrors":[
      {"index":1,"code":11000,"errmsg":"text"},{"index":4,"code":121}],"ok":1})")
                                            .get());
  REQUIRE(reply.errors.size() == 2);
  CHECK(reply.errors[0].index == 1);
  CHECK(reply.errors[0].code == 11000);
  CHECK(reply.errors[1].index == 4);
  CHECK(reply.errors[1].code == 121);
}

TEST_CASE("a write concern error is told although the command succeeded") {
  const auto reply = parse_write_reply(
      *bson_of(R"({"n":1,"ok":1,"writeConcernError":{"code":64,"errmsg":"timeout"}})").get());
  CHECK(reply.write_concern_error == 64U);
  const Error error = mongo::write_concern_error(64);
  CHECK(error.outcome() == Outcome::unknown);
  CHECK(error.retryable());
}

TEST_CASE("a reply of another form is not taken for a success") {
  const char* json = GENERATE(
      R"({"writeErrors":1})", R"({"writeErrors":[1]})", R"({"writeErrors":[{}]})",
      R"({"writeErrors":[{"index":-1,"code":1}]})", R"({"writeErrors":[{"index":"0","code":1}]})",
      R"({"writeConcernError":{}})", R"({"writeConcernError":3})");
  INFO(json);
  const auto reply = bson_of(json);
  CHECK(test::error_of([&] { (void)parse_write_reply(*reply.get()); }).code() ==
        ErrorCode::data_loss);
}
