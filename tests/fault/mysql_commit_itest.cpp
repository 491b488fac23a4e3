// What can happen to a COMMIT on MariaDB and to its answer.
#include "fault/commit_checks.hpp"
#include "fault/mysql_store.hpp"

#include <vector>

using namespace polystore;
using namespace polystore::test;

TEST_CASE("fault 01: COMMIT reply black-holed, a retry finds one content (MariaDB)") {
  check_lost_reply_is_in_doubt<MysqlDatabase>();
}

TEST_CASE("fault 01: COMMIT reply black-holed is resolved while the deadline allows (MariaDB)") {
  check_lost_reply_is_resolved<MysqlDatabase>();
}

TEST_CASE("fault 02: COMMIT request black-holed is applied once by a retry (MariaDB)") {
  check_lost_request_is_applied_once<MysqlDatabase>();
}

TEST_CASE("fault 02: COMMIT request that comes after the retry is applied once (MariaDB)") {
  check_late_request_is_applied_once<MysqlDatabase>();
}

TEST_CASE("fault 03: RST on the COMMIT reply or request is resolved (MariaDB)") {
  check_resets_are_resolved<MysqlDatabase>({
      MysqlDatabase::on_commit(Flow::reply, Fault::reset()),
      MysqlDatabase::on_commit(Flow::reply, Fault::reset(Ends::client)),
      MysqlDatabase::on_commit(Flow::request, Fault::reset()),
      MysqlDatabase::on_commit(Flow::request, Fault::cut_after(3)),
  });
}

TEST_CASE("fault 05: statement error is a failure and the session goes on (MariaDB)") {
  check_statement_error_is_a_failure<MysqlDatabase>();
}

TEST_CASE("fault 13: one bad row of 100 fails alone, with its code (MariaDB)") {
  MysqlStore f;
  (void)f.mysql.query(
      "CREATE TABLE known_titles (title varchar(255) PRIMARY KEY) CHARACTER SET utf8mb4 COLLATE "
      "utf8mb4_nopad_bin");
  (void)f.mysql.query(
      "ALTER TABLE ai_generated_content ADD CHECK (title <> 'checked'), ADD keyed varchar(255), "
      "ADD FOREIGN KEY (keyed) REFERENCES known_titles (title)");
  (void)f.mysql.query(
      "CREATE TRIGGER act BEFORE INSERT ON ai_generated_content FOR EACH ROW BEGIN "
      "IF NEW.title = 'signalled' THEN SIGNAL SQLSTATE '45000'; END IF; "
      "IF NEW.title = 'keyed' THEN SET NEW.keyed = NEW.title; END IF; END");
  struct BadRow {
    const char* title;
    std::int64_t user_id;
    ErrorCode code;
    const char* native_code;
  };
  using enum ErrorCode;
  for (const BadRow& bad :
       {BadRow{"unknown user", 404, not_found, ""}, BadRow{"checked", 1, invalid_argument, "4025"},
        BadRow{"signalled", 1, invalid_argument, "1644"}, BadRow{"keyed", 1, not_found, "1452"}}) {
    INFO(bad.title);
    std::vector<Draft> drafts;
    for (int i = 0; i < 100; ++i) drafts.push_back(draft_of("good"));
    drafts[37].title = bad.title;
    drafts[37].user_id = bad.user_id;
    const auto results = f.store.put_many(drafts);
    for (std::size_t i = 0; i < results.size(); ++i)
      CHECK(results[i].error.has_value() == (i == 37));
    REQUIRE(results[37].error);
    CHECK(results[37].error->code() == bad.code);
    CHECK(results[37].error->native_code() == bad.native_code);
    CHECK(results[37].error->outcome() == Outcome::not_applied);
    f.check_not_there(drafts[37]);
    f.check_stored_once(drafts[99]);
  }
}
