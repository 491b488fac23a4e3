#pragma once

#include "polystore/polystore.hpp"

#include "adapters/memory/factory.hpp"
#include "adapters/mongo/factory.hpp"
#include "facade/impl.hpp"
#include "fault/drafts.hpp"
#include "support/fault_proxy.hpp"
#include "support/mongo.hpp"
#include "support/patience.hpp"
#include "support/server_stores.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <utility>

namespace polystore::test {

/// Empty databases of a real server of metadata and a real mongod, the first behind a proxy.
/// Database: the first one, and what is peculiar to it (postgres_store.hpp, mysql_store.hpp).
template <class Database>
class SqlStore : public Database {
 public:
  SqlStore() { store.ensure_user(1, "Ada"); }

  /// Another store on the same databases, whose every attempt at a batch ends within `longest`.
  [[nodiscard]] ContentStore impatient(std::chrono::milliseconds longest) const {
    StoreParts parts{.metadata = Database::open_metadata(proxy.url()),
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
    return this->database().query("SELECT COUNT(*) FROM ai_generated_content WHERE " + where);
  }

  /// Checks that the draft is stored, once in each database, and readable.
  void check_stored_once(const Draft& draft) {
    const auto content = store.get(*draft.id);
    REQUIRE(content);
    CHECK(content->output == draft.output);
    CHECK(content->metadata.title == draft.title);
    CHECK(rows(Database::id_is(draft)) == "1");
    store.maintenance().relay();
    CHECK(store.maintenance().outbox_status().pending == 0);
    CHECK(documents(draft) == 1);
  }

  /// Checks that nothing of a draft can be seen.
  void check_not_there(const Draft& draft) {
    CHECK_FALSE(store.get(*draft.id));
    for (const auto& metadata : store.find({}).items) CHECK(metadata.id != *draft.id);
    CHECK(rows(Database::id_is(draft)) == "0");
    CHECK(store.maintenance().outbox_status().pending == 0);
  }

  /// How many read copies of the draft MongoDB has.
  [[nodiscard]] int documents(const Draft& draft) const {
    const std::string found = mongo.command(R"({"count":"aiGenerated","query":{"output.of":")" +
                                            draft.id->to_string() + R"("}})");
    return std::stoi(found.substr(found.find("\"n\" : ") + 6));
  }

  /// Makes mongod take its time with one insert of the store, until the end of its scope.
  [[nodiscard]] static MongoFailPoint slow_insert(std::chrono::milliseconds time) {
    return MongoFailPoint(Database::app_name,
                          R"("failCommands":["insert"],"blockConnection":true,"blockTimeMS":)" +
                              std::to_string(time.count()),
                          R"({"times":1})");
  }

  ScratchMongo mongo;
  FaultProxy proxy{this->database().url()};
  ContentStore store =
      ContentStore::open({.metadata = proxy.url(),
                          .outputs = mongo.url() + "&appName=" + Database::app_name,
                          .responses = "memory:",
                          .deadline = std::chrono::seconds(20)});
};

}  // namespace polystore::test
