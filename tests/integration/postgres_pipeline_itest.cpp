#include "support/postgres.hpp"

#include <algorithm>
#include <vector>

using namespace polystore;
using namespace polystore::postgres;
using namespace polystore::test;
using namespace std::string_literals;
using Status = PipelineResults::Status;

TEST_CASE("values come back as they were sent") {
  const auto connection = connect_postgres();
  const std::string text(1'000'000, 'x');
  std::vector<std::byte> bytes(1'000'000);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i);
  const Uuid uuid{1, 2, 3, 255};
  const Timestamp time{std::chrono::milliseconds(-62'135'596'800'000)};  // year 1
  const Result row = connection->query("SELECT $1, $2, $3, $4, $5, $6, $7, $8",
                                       Params()
                                           .text(text)
                                           .bytea(bytes)
                                           .uuid(uuid)
                                           .timestamptz(time)
                                           .int64(-5)
                                           .float64(0.25)
                                           .boolean(true)
                                           .null(20),
                                       soon());
  CHECK(row.text(0, 0) == text);
  CHECK(std::ranges::equal(row.bytea(0, 1), bytes));
  CHECK(row.uuid(0, 2) == uuid);
  CHECK(row.timestamptz(0, 3) == time);
  CHECK(row.int64(0, 4) == -5);
  CHECK(row.float64(0, 5) == 0.25);
  CHECK(row.boolean(0, 6));
  CHECK(row.is_null(0, 7));
}

TEST_CASE("arrays come back as they were sent") {
  const auto connection = connect_postgres();
  const std::vector<std::int64_t> numbers{3, -1};
  const std::vector<double> doubles{1.5, -2.0};
  const std::vector<std::string_view> texts{"", "\"quoted\", {x}"};
  const std::vector<std::byte> body{std::byte{0}, std::byte{1}};
  const std::vector<std::span<const std::byte>> bodies{body, {}};
  const std::vector<Uuid> uuids{{1}, {2}};
  const std::vector<Timestamp> times{Timestamp{}, Timestamp{std::chrono::milliseconds(1)}};
  const Result rows = connection->query(
      "SELECT n, d, t, b, u, w FROM unnest($1::int8[], $2::float8[], $3::text[], $4::bytea[], "
      "$5::uuid[], $6::timestamptz[]) WITH ORDINALITY AS x(n, d, t, b, u, w, i) ORDER BY i",
      Params()
          .int64_array(numbers)
          .float64_array(doubles)
          .text_array(texts)
          .bytea_array(bodies)
          .uuid_array(uuids)
          .timestamptz_array(times),
      soon());
  REQUIRE(rows.rows() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(rows.int64(i, 0) == numbers[i]);
    CHECK(rows.float64(i, 1) == doubles[i]);
    CHECK(rows.text(i, 2) == texts[i]);
    CHECK(std::ranges::equal(rows.bytea(i, 3), bodies[i]));
    CHECK(rows.uuid(i, 4) == uuids[i]);
    CHECK(rows.timestamptz(i, 5) == times[i]);
  }
  const Result none =
      connection->query("SELECT $1, $2", Params().text_array({}).text_array(texts), soon());
  CHECK(none.text_array(0, 0).empty());
  CHECK(none.text_array(0, 1) == std::vector<std::string>(texts.begin(), texts.end()));
}

TEST_CASE("NUL and bad UTF-8 are refused as a row's fault, and never shown or cut") {
  const auto connection = connect_postgres();
  for (const std::string& text : {"s3cr3t\0"s, "s3cr3t\xff"s, "s3cr3t\xed\xa0\x80"s}) {
    const Error error =
        error_of([&] { (void)connection->query("SELECT $1", Params().text(text), soon()); });
    CHECK(error.code() == ErrorCode::invalid_argument);
    CHECK(error.native_code() == "22021");
    CHECK(std::string(error.what()).find("s3cr3t") == std::string::npos);
    CHECK(classify(error.native_code(), Severity::error, Phase::before_commit).scope ==
          postgres::Scope::row);
  }
  CHECK(connection->healthy());
}

TEST_CASE("an error in the middle of a pipeline aborts the rest, and undoes what came before") {
  ScratchSchema schema;
  const auto connection = schema.connect();
  connection->query("CREATE TABLE t(x int PRIMARY KEY)", {}, soon());
  const auto results = connection->run(Pipeline()
                                           .add("INSERT INTO t VALUES (1)")
                                           .add("INSERT INTO t VALUES (1)")
                                           .add("INSERT INTO t VALUES (2)"),
                                       soon());
  REQUIRE(results.size() == 3);
  CHECK(results.status(0) == Status::ok);
  CHECK(results.at(0).affected_rows() == 1);
  CHECK(results.status(1) == Status::failed);
  CHECK(error_of([&] { (void)results.at(1); }).code() == ErrorCode::conflict);
  CHECK(results.status(2) == Status::aborted);
  CHECK(error_of([&] { (void)results.at(2); }).native_code() == "23505");
  CHECK(connection->healthy());
  CHECK(connection->query("SELECT count(*) FROM t", {}, soon()).int64(0, 0) == 0);
}

TEST_CASE("an error that only the commit finds fails every statement of the pipeline") {
  ScratchSchema schema;
  const auto connection = schema.connect();
  connection->query("CREATE TABLE t(x int UNIQUE DEFERRABLE INITIALLY DEFERRED)", {}, soon());
  const auto results = connection->run(
      Pipeline().add("INSERT INTO t VALUES (1)").add("INSERT INTO t VALUES (1)"), soon());
  const Error error = error_of([&] { (void)results.at(0); });
  CHECK(error.native_code() == "23505");
  CHECK(error.outcome() == Outcome::not_applied);
  CHECK(connection->query("SELECT count(*) FROM t", {}, soon()).int64(0, 0) == 0);
}

TEST_CASE("a pipeline whose answers fill every buffer does not hang") {
  const auto connection = connect_postgres();
  const std::vector<std::byte> body(500'000, std::byte{7});
  Pipeline pipeline;
  for (int i = 0; i < 100; ++i) pipeline.add("SELECT $1", Params().bytea(body));
  const auto results = connection->run(pipeline, soon());
  for (std::size_t i = 0; i < results.size(); ++i) {
    REQUIRE(std::ranges::equal(results.at(i).bytea(0, 0), body));
  }
}

TEST_CASE("an empty pipeline is one, and what does not fit together is refused") {
  const auto connection = connect_postgres();
  CHECK(connection->run(Pipeline(), soon()).size() == 0);
  CHECK(error_of([&] { (void)connection->receive(soon()); }).code() == ErrorCode::internal);
  connection->send(Pipeline().add("SELECT 1"), soon());
  CHECK(error_of([&] { connection->send(Pipeline(), soon()); }).code() == ErrorCode::internal);
  CHECK(connection->receive(soon()).at(0).int64(0, 0) == 1);
}

TEST_CASE("COPY is refused and costs the connection") {
  const auto connection = connect_postgres();
  const Error error =
      error_of([&] { (void)connection->query("COPY (SELECT 1) TO STDOUT", {}, soon()); });
  CHECK(error.code() == ErrorCode::internal);
  CHECK_FALSE(connection->healthy());
}

TEST_CASE("a session that the server ends in the middle says why") {
  const auto connection = connect_postgres();
  const Error error = error_of([&] {
    (void)connection->query("SELECT pg_terminate_backend(pg_backend_pid()), pg_sleep(5)", {},
                            soon());
  });
  CHECK(error.code() == ErrorCode::unavailable);
  CHECK(error.native_code() == "57P01");
  CHECK(error.outcome() == Outcome::unknown);
  CHECK_FALSE(connection->healthy());
}

TEST_CASE("a prepared statement is planned once and answers each time") {
  const auto connection = connect_postgres();
  for (std::int64_t i = 0; i < 10; ++i) {
    const auto results = connection->run(Pipeline()
                                             .add_prepared("SELECT $1 * 2", Params().int64(i))
                                             .add("SELECT 'between'")
                                             .add_prepared("SELECT $1 * 2", Params().int64(-i)),
                                         soon());
    REQUIRE(results.size() == 3);
    CHECK(results.at(0).int64(0, 0) == 2 * i);
    CHECK(results.at(1).text(0, 0) == "between");
    CHECK(results.at(2).int64(0, 0) == -2 * i);
  }
  const Result known = connection->query(
      "SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'polystore_%'", {}, soon());
  CHECK(known.int64(0, 0) == 1);
}

TEST_CASE("a prepared statement that the server refuses fails like any other") {
  const auto connection = connect_postgres();
  for (int i = 0; i < 2; ++i) {
    const auto results = connection->run(
        Pipeline().add("SELECT 1").add_prepared("SELECT no_such_column").add("SELECT 2"), soon());
    REQUIRE(results.size() == 3);
    CHECK(results.status(0) == Status::ok);
    CHECK(error_of([&] { (void)results.at(1); }).native_code() == "42703");
    CHECK(results.status(2) == Status::aborted);
    CHECK(connection->healthy());
  }
}

TEST_CASE("a server that does not keep prepared statements is used without them") {
  const auto connection = connect_postgres();
  const auto doubled = [&](std::int64_t number) {
    return connection->run(Pipeline().add_prepared("SELECT $1 * 2", Params().int64(number)), soon())
        .take(0)
        .int64(0, 0);
  };
  CHECK(doubled(1) == 2);
  connection->query("DEALLOCATE ALL", {}, soon());  // as a pooler's other server process would
  const Error error = error_of([&] { (void)doubled(2); });
  CHECK(error.native_code() == "26000");
  CHECK(error.retryable());
  CHECK(error.outcome() == Outcome::not_applied);
  CHECK(doubled(3) == 6);
  const Result known = connection->query("SELECT count(*) FROM pg_prepared_statements", {}, soon());
  CHECK(known.int64(0, 0) == 0);
}
