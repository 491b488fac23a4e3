// What the answers of a failing MongoDB come to for a put: done, done through the outbox, or failed
// with nothing left behind.
#include "fault/mongo_store.hpp"
#include "support/errors.hpp"

#include <catch2/generators/catch_generators.hpp>

#include <string>
#include <thread>

using namespace polystore;
using namespace std::chrono_literals;
using test::draft_titled;
using test::drain_outbox;
using test::has;
using test::MongoFailPoint;

namespace {

// Puts, and expects it to end well within the time, readable at once.
void put_within(ContentStore& store, const Draft& draft, std::chrono::milliseconds span) {
  test::check_ends_within(span, [&] { CHECK(store.put(draft) == *draft.id); });
  CHECK(has(store, draft));
}

}  // namespace

TEST_CASE("fault 18: a blocked MongoDB costs no put, and the late document is no second one") {
  test::MongoStore f;
  const Draft draft = draft_titled("late");
  SECTION("MongoDB answers after the put has ended") {
    const MongoFailPoint fault(f.app_name(),
                               R"("failCommands":["insert"],"blockConnection":true,)"
                               R"("blockTimeMS":1500)",
                               R"({"times":1})");
    test::check_ends_within(1s, [&] { f.store.put(draft, Deadline::after(1s)); });
    CHECK(f.pending() == 1);
    CHECK(has(f.store, draft));
    f.let_it_rest();
    drain_outbox(f.store);
    std::this_thread::sleep_for(1s);  // until the block is over
  }
  SECTION("MongoDB applies the document after the put has ended, before the relay's") {
    {
      // The insert waits in the server's socket: its own time limit begins when it is read.
      const test::StoppedProcess stopped(std::stoi(test::require_server("MONGO_PID")));
      test::check_ends_within(1s, [&] { f.store.put(draft, Deadline::after(1s)); });
      CHECK(f.pending() == 1);
      CHECK(has(f.store, draft));
    }
    CHECK(f.becomes_documents(1));
    CHECK(f.pending() == 1);
    f.let_it_rest();
    drain_outbox(f.store);
  }
  CHECK(f.documents() == 1);
  CHECK(f.documents(R"({"title":"late","version":1})") == 1);
  CHECK(has(f.store, draft));
}

TEST_CASE("fault 20: closed connections, once and twice, fail no put") {
  const std::string times = GENERATE("1", "2");
  test::MongoStore f;
  const Draft first = draft_titled("first");
  const Draft second = draft_titled("second");
  {
    const MongoFailPoint fault(f.app_name(), R"("failCommands":["insert"],"closeConnection":true)",
                               R"({"times":)" + times + "}");
    put_within(f.store, first, 2s);
    f.let_it_rest();
    put_within(f.store, second, 2s);
    CHECK(f.pending() == std::stoi(times));
    f.let_it_rest();
    drain_outbox(f.store);
  }
  for (const Draft& draft : {first, second}) {
    CHECK(f.documents_titled(draft.title) == 1);
    CHECK(has(f.store, draft));
  }
}

TEST_CASE("fault 21: a MongoDB that steps down or shuts down stalls no put") {
  test::MongoStore f;
  for (const std::string code : {"91", "10107", "11600", "189"}) {
    INFO(code);
    const Draft first = draft_titled("first " + code);
    const Draft next = draft_titled("next " + code);
    {
      const MongoFailPoint fault(f.app_name(),
                                 R"("failCommands":["insert","update"],"errorCode":)" + code +
                                     R"(,"errorLabels":["RetryableWriteError"])");
      put_within(f.store, first, 2s);
      put_within(f.store, next, 2s);
      CHECK(f.pending() == 2);
    }
    f.let_it_rest();
    drain_outbox(f.store);
    CHECK(f.documents_titled(first.title) == 1);
    CHECK(has(f.store, first));
    CHECK(has(f.store, next));
  }
}

TEST_CASE("fault 22: a write that no majority confirmed is not taken for acknowledged") {
  test::MongoStore f;
  std::int64_t count = 0;
  for (const std::string code : {"64", "91", "100"}) {
    INFO(code);
    const Draft draft = draft_titled("code " + code);
    {
      const MongoFailPoint fault(
          f.app_name(), R"("failCommands":["insert","update"],"writeConcernError":{"code":)" +
                            code + R"(,"errmsg":"told to fail"})");
      put_within(f.store, draft, 2s);
      CHECK(f.becomes_documents(++count));
      CHECK(f.pending() == 1);
      f.let_it_rest();
      CHECK(f.store.maintenance().relay().applied == 0);
      CHECK(f.pending() == 1);
    }
    f.let_it_rest();
    drain_outbox(f.store);
    CHECK(f.documents_titled(draft.title) == 1);
    CHECK(has(f.store, draft));
  }
}

TEST_CASE("fault 23: a put that MongoDB refuses for good fails, and leaves nothing") {
  test::MongoStore f;
  const auto set_validator = [&](const std::string& validator) {
    (void)f.mongo.command(R"({"collMod":"aiGenerated","validator":)" + validator + "}");
  };
  for (const std::string code : {"121", "2", "13"}) {
    INFO(code);
    const Draft draft = draft_titled("refused " + code);
    // A fail point cannot give 121, which carries the validator's reasons.
    if (code == "121") set_validator(R"({"title":{"$ne":"refused 121"}})");
    {
      const MongoFailPoint fault(f.app_name(), R"("failCommands":["insert"],"errorCode":)" + code,
                                 code == "121" ? R"("off")" : R"("alwaysOn")");
      const Error error = test::error_of([&] { f.store.put(draft); });
      CHECK(error.code() ==
            (code == "13" ? ErrorCode::access_denied : ErrorCode::invalid_argument));
      CHECK(error.outcome() == Outcome::not_applied);
      CHECK_FALSE(error.retryable());
      CHECK(error.backend() == Backend::mongo);
      CHECK(error.native_code().ends_with("/" + code));
    }
    CHECK_FALSE(f.store.get(*draft.id));
    CHECK(f.postgres.query("SELECT count(*) FROM ai_generated_content WHERE title = '" +
                           draft.title + "'") == "0");
    CHECK(f.postgres.query("SELECT count(*) FROM polystore_outbox") == "0");
    set_validator("{}");
    CHECK(f.store.put(draft) == *draft.id);
    CHECK(has(f.store, draft));
  }
}
