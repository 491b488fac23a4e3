#pragma once

#include "polystore/polystore.hpp"

#include "adapters/memory/factory.hpp"
#include "adapters/mongo/factory.hpp"
#include "adapters/mysql/factory.hpp"
#include "facade/impl.hpp"
#include "fault/drafts.hpp"
#include "support/fault_proxy.hpp"
#include "support/patience.hpp"
#include "support/server_stores.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

namespace polystore::test {

/// Empty databases of a real MariaDB and a real mongod, the first behind a proxy.
class MysqlStore {
 public:
  MysqlStore() { store.ensure_user(1, "Ada"); }

  /// Another store on the same databases, whose every attempt at a batch ends within `longest`.
  [[nodiscard]] ContentStore impatient(std::chrono::milliseconds longest) const {
    StoreParts parts{.metadata = adapters::mysql::open_metadata(proxy.url()),
                     .outputs = adapters::mongo::open_outputs(mongo.url()),
                     .clock = std::make_shared<const ports::Clock>(),
                     .lanes = {.longest_batch = longest},
                     .deadline = std::chrono::seconds(10),
                     .response_deadline = std::chrono::seconds(1)};
    auto responses = adapters::memory::open_responses(1 << 20, parts.clock);
    parts.responses = std::move(responses.plain);
    parts.answers = std::move(responses.responses);
    return StoreBuilder::build(std::move(parts));
  }

  /// The number of rows of ai_generated_content; with `where` of those that meet it.
  [[nodiscard]] std::string rows(const std::string& where = "true") const {
    return mysql.query("SELECT COUNT(*) FROM ai_generated_content WHERE " + where);
  }

  /// The numbers of the sessions on the database with an open transaction that has changed
  /// something, this query's apart; with `state` of those in that of InnoDB's states.
  [[nodiscard]] std::string transactions(const std::string& state = "%") const {
    return mysql.query(
        "SELECT GROUP_CONCAT(p.id) FROM information_schema.innodb_trx AS t JOIN "
        "information_schema.processlist AS p ON p.id = t.trx_mysql_thread_id WHERE p.db = "
        "DATABASE() AND t.trx_rows_modified > 0 AND t.trx_state LIKE '" +
        state + "'");
  }

  /// Checks that the draft is stored, once in each database, and readable.
  void check_stored_once(const Draft& draft) {
    const auto content = store.get(*draft.id);
    REQUIRE(content);
    CHECK(content->output == draft.output);
    CHECK(content->metadata.title == draft.title);
    CHECK(rows(id_is(draft)) == "1");
    store.maintenance().relay();
    CHECK(store.maintenance().outbox_status().pending == 0);
    CHECK(documents(draft) == 1);
  }

  /// Checks that nothing of a draft can be seen.
  void check_not_there(const Draft& draft) {
    CHECK_FALSE(store.get(*draft.id));
    for (const auto& metadata : store.find({}).items) CHECK(metadata.id != *draft.id);
    CHECK(rows(id_is(draft)) == "0");
    CHECK(store.maintenance().outbox_status().pending == 0);
  }

  /// The id as a literal.
  [[nodiscard]] static std::string literal(const Draft& draft) {
    std::string digits = draft.id->to_string();
    std::erase(digits, '-');
    return "X'" + digits + "'";
  }
  [[nodiscard]] static std::string id_is(const Draft& draft) { return "id = " + literal(draft); }

  /// How many read copies of the draft MongoDB has.
  [[nodiscard]] int documents(const Draft& draft) const {
    const std::string found = mongo.command(R"({"count":"aiGenerated","query":{"output.of":")" +
                                            draft.id->to_string() + R"("}})");
    return std::stoi(found.substr(found.find("\"n\" : ") + 6));
  }

  ScratchMysql mysql;
  ScratchMongo mongo;
  FaultProxy proxy{mysql.url()};
  ContentStore store = ContentStore::open({.metadata = proxy.url(),
                                           .outputs = mongo.url() + "&appName=faultmysql",
                                           .responses = "memory:",
                                           .deadline = std::chrono::seconds(20)});
};

}  // namespace polystore::test
