#pragma once

#include "polystore/polystore.hpp"

#include "support/drain_outbox.hpp"
#include "support/faults.hpp"
#include "support/mongo.hpp"
#include "support/patience.hpp"
#include "support/server_stores.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <thread>

namespace polystore::test {

inline Draft draft_titled(const std::string& title) {
  return {.title = title,
          .model = "model",
          .user_id = 1,
          .output = Document::from_json(R"({"of":")" + title + R"("})"),
          .id = ContentId::generate()};
}

/// Whether the store has what the draft says.
inline bool has(ContentStore& store, const Draft& draft) {
  const auto content = store.get(*draft.id);
  return content && content->metadata.title == draft.title && content->output == draft.output;
}

/// A store on real servers whose MongoDB commands alone a fail point can hit.
struct MongoStore {
  MongoStore() { store.ensure_user(1, "Ada"); }

  [[nodiscard]] std::string outputs_url() const { return mongo.url() + "&appName=" + app_name(); }
  [[nodiscard]] const std::string& app_name() const { return mongo.database(); }

  /// How many documents a majority has of those that pass the filter.
  [[nodiscard]] std::int64_t documents(const std::string& filter = "{}") const {
    const std::string reply = mongo.command(R"({"count":"aiGenerated","query":)" + filter +
                                            R"(,"readConcern":{"level":"majority"}})");
    const auto at = reply.find(R"("n" : )");
    REQUIRE(at != std::string::npos);
    return std::stoll(reply.substr(at + 6));
  }
  /// Waits until a majority has `count` documents.
  [[nodiscard]] bool becomes_documents(std::int64_t count) const {
    return becomes_true([&] { return documents() == count; });
  }
  [[nodiscard]] std::int64_t documents_titled(const std::string& title) const {
    return documents(R"({"title":")" + title + R"("})");
  }
  [[nodiscard]] std::int64_t pending() { return store.maintenance().outbox_status().pending; }

  /// Lets the breaker's pause pass.
  static void let_it_rest() { std::this_thread::sleep_for(std::chrono::milliseconds(600)); }

  ScratchPostgres postgres;
  ScratchMongo mongo;
  ContentStore store = ContentStore::open({.metadata = postgres.url(),
                                           .outputs = outputs_url(),
                                           .responses = "memory:",
                                           .deadline = std::chrono::seconds(20)});
};

}  // namespace polystore::test
