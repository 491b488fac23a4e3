// Servers that fail: each call ends by its deadline with a typed error.
#include "polystore/mongo/pool.hpp"

#include "support/errors.hpp"
#include "support/faults.hpp"
#include "support/mongo.hpp"
#include "support/patience.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>

using namespace polystore;
using namespace polystore::test;
using namespace std::literals;

namespace {

Deadline soon() { return Deadline::after(20s); }

mongo::ConnectOptions faulty() {
  auto options = mongo_options();
  options.app_name = "faulty";
  return options;
}

// Runs insert, the command that the fail points of this file hit.
mongo::Bson insert(mongo::Client& client, Deadline deadline) {
  return client.run(mongo_options().database,
                    bson_of(R"({"insert":"itest","documents":[{"text":"x"}]})"), deadline);
}

Error insert_error(mongo::ClientPool& pool, Deadline deadline) {
  return error_of([&] { (void)insert(*pool.acquire(deadline), deadline); });
}

bool inserts_again(mongo::ClientPool& pool) {
  return works_again([&] { (void)insert(*pool.acquire(soon()), soon()); });
}

}  // namespace

TEST_CASE("a connection that is lost while waiting leaves the outcome unknown") {
  auto pool = mongo::make_pool(faulty());
  {
    const MongoFailPoint fault("faulty", R"("failCommands":["insert"],"closeConnection":true)");
    const Error error = insert_error(pool, soon());
    CHECK(error.code() == ErrorCode::unavailable);
    CHECK(error.outcome() == Outcome::unknown);
    CHECK(error.retryable());
  }
  CHECK(inserts_again(pool));
}

TEST_CASE("a server that shuts down or steps down is unavailable, without a stall") {
  auto pool = mongo::make_pool(faulty());
  for (const std::string code : {"91", "11600", "189", "10107"}) {
    {
      const MongoFailPoint fault("faulty", R"("failCommands":["insert"],"errorCode":)" + code);
      check_ends_within(3s, [&] {
        const Error error = insert_error(pool, Deadline::after(3s));
        INFO(code << ": " << error.what());
        CHECK(error.code() == ErrorCode::unavailable);
        CHECK(error.retryable());
      });
    }
    CHECK(inserts_again(pool));
  }
}

TEST_CASE("a server that is slow is given up at the deadline") {
  auto pool = mongo::make_pool(faulty());
  (void)insert(*pool.acquire(soon()), soon());
  const MongoFailPoint fault(
      "faulty", R"("failCommands":["insert"],"blockConnection":true,"blockTimeMS":1500)");
  check_ends_within(300ms, [&] {
    const Error error = insert_error(pool, Deadline::after(300ms));
    CHECK(error.code() == ErrorCode::deadline_exceeded);
    CHECK(error.outcome() == Outcome::unknown);
  });
}

TEST_CASE("a stopped server holds no command beyond its deadline") {
  auto pool = mongo::make_pool(faulty());
  (void)insert(*pool.acquire(soon()), soon());
  {
    const StoppedProcess stopped(std::stoi(require_server("MONGO_PID")));
    for (const auto span : {50ms, 400ms, 1200ms}) {
      check_ends_within(span, [&] {
        const Error error = insert_error(pool, Deadline::after(span));
        INFO(error.what());
        CHECK((error.code() == ErrorCode::deadline_exceeded ||
               error.code() == ErrorCode::unavailable));
        CHECK(error.retryable());
      });
    }
  }
  CHECK(inserts_again(pool));
}

TEST_CASE("a closed port, an unknown host and a silent server end by the deadline") {
  const DeadPort closed(DeadPort::Kind::closed);
  const DeadPort silent(DeadPort::Kind::silent);
  for (const mongo::Host& host :
       {mongo::Host{"127.0.0.1", closed.port()}, mongo::Host{"no-such-host.invalid", 27017},
        mongo::Host{"127.0.0.1", silent.port()}}) {
    mongo::ConnectOptions options{.hosts = {host}, .database = "x"};
    auto pool = mongo::make_pool(options);
    INFO(host.name << ":" << host.port);
    check_ends_within(600ms, [&] {
      const Error error = insert_error(pool, Deadline::after(600ms));
      CHECK(error.code() == ErrorCode::unavailable);
      CHECK(error.outcome() == Outcome::not_applied);
    });
  }
}

TEST_CASE("a pool whose server is silent is dropped without waiting for it") {
  const DeadPort silent(DeadPort::Kind::silent);
  mongo::ConnectOptions options;
  options.hosts = {{"127.0.0.1", silent.port()}};
  options.database = "a";
  for (int i = 0; i < 3; ++i) {
    check_ends_within(300ms, [&] {
      auto pool = mongo::make_pool(options);
      (void)insert_error(pool, Deadline::after(300ms));
    });
  }
}

TEST_CASE("a document that is too large is refused, and the connection goes on") {
  auto pool = mongo::make_pool(faulty());
  const auto client = pool.acquire(soon());
  mongo::Bson command;
  bson_append_utf8(command.get(), "insert", -1, "itest", -1);
  const std::string text(std::size_t{17} << 20, 'x');
  bson_t list;
  bson_t document;
  bson_append_array_begin(command.get(), "documents", -1, &list);
  bson_append_document_begin(&list, "0", -1, &document);
  bson_append_utf8(&document, "text", -1, text.data(), static_cast<int>(text.size()));
  bson_append_document_end(&list, &document);
  bson_append_array_end(command.get(), &list);
  const Error error =
      error_of([&] { (void)client->run(mongo_options().database, std::move(command), soon()); });
  INFO(error.what());
  CHECK(error.code() == ErrorCode::invalid_argument);
  CHECK(error.outcome() == Outcome::not_applied);
  CHECK_FALSE(error.retryable());
  (void)insert(*client, soon());
}
