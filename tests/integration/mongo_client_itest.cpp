#include "polystore/mongo/log.hpp"
#include "polystore/mongo/pool.hpp"
#include "polystore/mongo/write_reply.hpp"

#include "support/child.hpp"
#include "support/errors.hpp"
#include "support/mongo.hpp"

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

using namespace polystore;
using namespace polystore::test;
using namespace std::literals;

namespace {

Deadline soon() { return Deadline::after(20s); }

bool contains(const std::string& text, const std::string& part) {
  INFO(text);
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a command is answered, under the name that the URL gives") {
  auto options = mongo_options();
  options.app_name = "itest-name";
  auto pool = mongo::make_pool(options);
  const auto client = pool.acquire(soon());
  const auto reply = client->run("admin", bson_of(R"({"hello":1})"), soon());
  CHECK(contains(json_of(reply), "\"isWritablePrimary\" : true"));
  const auto current = client->run("admin", bson_of(R"({"currentOp":1,"$ownOps":true})"), soon());
  CHECK(contains(json_of(current), "itest-name"));
}

TEST_CASE("write errors and write concern errors are in the reply") {
  auto pool = mongo::make_pool(mongo_options());
  const auto client = pool.acquire(soon());
  const std::string database = mongo_options().database;
  const auto first = client->run(
      database, bson_of(R"({"insert":"itest_replies","documents":[{"_id":1}]})"), soon());
  CHECK(mongo::parse_write_reply(*first.get()).errors.empty());
  const auto second = client->run(
      database,
      bson_of(
          R"({"insert":"itest_replies","ordered":false,"documents":[{"_id":0},{"_id":1},{"_id":2}]})"),
      soon());
  const auto parsed = mongo::parse_write_reply(*second.get());
  REQUIRE(parsed.errors.size() == 1);
  CHECK(parsed.errors.front().index == 1);
  CHECK(mongo::write_error(parsed.errors.front().code).code() == ErrorCode::conflict);
  const auto third = client->run(
      database,
      bson_of(
          R"({"insert":"itest_replies","documents":[{"_id":9}],"writeConcern":{"w":2,"wtimeout":50}})"),
      soon());
  CHECK(mongo::parse_write_reply(*third.get()).write_concern_error);
  (void)client->run(database, bson_of(R"({"drop":"itest_replies"})"), soon());
  CHECK(error_of([&] {
          (void)client->run(database, bson_of(R"({"drop":"itest_replies"})"), soon());
        }).code() == ErrorCode::not_found);
}

TEST_CASE("a command that the server refuses is a typed error without its text") {
  auto pool = mongo::make_pool(mongo_options());
  const auto client = pool.acquire(soon());
  const Error error =
      error_of([&] { (void)client->run("admin", bson_of(R"({"s3cr3t":1})"), soon()); });
  CHECK(error.code() == ErrorCode::unsupported);
  CHECK(error.backend() == Backend::mongo);
  CHECK_FALSE(contains(error.what(), "s3cr3t"));
  CHECK(client->run("admin", bson_of(R"({"ping":1})"), soon()).get() != nullptr);
}

TEST_CASE("refused credentials are told without showing them") {
  auto options = mongo_options();
  options.user = "no-such-user";
  options.password = "s3cr3t/@:%";
  auto pool = mongo::make_pool(options);
  const Error error = error_of([&] {
    (void)pool.acquire(soon())->run("admin", bson_of(R"({"ping":1})"), Deadline::after(3s));
  });
  INFO(error.what());
  CHECK(error.code() == ErrorCode::access_denied);
  CHECK_FALSE(error.retryable());
  CHECK_FALSE(contains(error.what(), "s3cr3t"));
  CHECK_FALSE(contains(error.what(), "no-such-user"));
}

TEST_CASE("options that libmongoc refuses are told without showing them") {
  auto options = mongo_options();
  options.hosts = {{"s3cr3t@:/?", 1}};
  const Error error = error_of([&] { (void)mongo::make_pool(options); });
  CHECK(error.code() == ErrorCode::invalid_argument);
  CHECK_FALSE(contains(error.what(), "s3cr3t"));
}

TEST_CASE("threads share a pool of clients") {
  auto options = mongo_options();
  options.pool_size = 3;
  auto pool = mongo::make_pool(options);
  std::atomic<int> right{0};
  std::vector<std::jthread> threads;
  for (int t = 0; t < 6; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        const auto reply = pool.acquire(soon())->run("admin", bson_of(R"({"ping":1})"), soon());
        if (bson_has_field(reply.get(), "ok")) ++right;
      }
    });
  }
  threads.clear();
  CHECK(right == 300);
  CHECK(pool.stats().idle <= 3);
}

TEST_CASE("clients that come and go leave the pool's connections usable") {
  auto pool = mongo::make_pool(mongo_options());
  for (int i = 0; i < 5; ++i) {
    auto lease = pool.acquire(soon());
    (void)lease->run("admin", bson_of(R"({"ping":1})"), soon());
    lease.discard();  // the next one gets the same driver client, with its streams
  }
  CHECK(pool.stats().idle == 0);
}

TEST_CASE("the driver's log goes where the application wants it, never to stderr") {
  std::mutex mutex;
  std::vector<std::string> levels;
  auto pool = mongo::make_pool(mongo_options());
  mongo::set_log_handler([&](std::string_view level, std::string_view /*message*/) {
    const std::lock_guard lock(mutex);
    levels.emplace_back(level);
  });
  mongoc_log(MONGOC_LOG_LEVEL_WARNING, "itest", "a warning");
  mongo::set_log_handler({});
  mongoc_log(MONGOC_LOG_LEVEL_WARNING, "itest", "nobody hears this");
  CHECK(levels == std::vector<std::string>{"WARNING"});
}

TEST_CASE("a forked child neither uses nor ends its parent's clients") {
  auto pool = std::make_unique<mongo::ClientPool>(mongo::make_pool(mongo_options()));
  auto lease = pool->acquire(soon());
  (void)lease->run("admin", bson_of(R"({"ping":1})"), soon());
  CHECK(child_status([&] {
          int status = 1;
          try {
            (void)lease->run("admin", bson_of(R"({"ping":1})"), soon());
          } catch (const Error& error) {
            status = error.code() == ErrorCode::closed ? 0 : 2;
          }
          lease.discard();
          pool.reset();
          return status;
        }) == 0);
  CHECK(lease->run("admin", bson_of(R"({"ping":1})"), soon()).get() != nullptr);
}
