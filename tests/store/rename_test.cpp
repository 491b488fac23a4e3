#include "polystore/polystore.hpp"

#include "store/setup.hpp"
#include "support/errors.hpp"
#include "support/thread_failures.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

using namespace polystore;
using namespace std::chrono_literals;
using test::error_of;

namespace {

struct Fixture : test::OpenedStore {
  std::vector<ContentId> put(const std::string& model, std::size_t count) {
    std::vector<Draft> drafts;
    for (std::size_t i = 0; i < count; ++i) {
      drafts.push_back({.title = "title " + std::to_string(i),
                        .model = model,
                        .user_id = 1,
                        .output = Document::from_json(R"({"n":)" + std::to_string(i) + "}"),
                        .tags = {"tag"}});
    }
    std::vector<ContentId> ids;
    for (const auto& result : store.put_many(drafts)) ids.push_back(*result.value);
    return ids;
  }

  std::size_t count(const std::string& model) {
    return store.find({.model = model, .limit = limits::page_items}).items.size();
  }
};

}  // namespace

TEST_CASE("a renamed model is renamed in every listing and every read copy, and no other is") {
  Fixture f;
  const auto ids = f.put("old", 90);
  const auto others = f.put("other", 2);
  const auto there = f.put("new", 1);
  const auto receipt = f.store.rename_model("old", "new");
  CHECK(receipt.contents_renamed == 90);
  CHECK(receipt.outputs_pending == 0);
  CHECK(receipt.contents_skipped == 0);
  CHECK(receipt.complete);
  CHECK(f.count("old") == 0);
  CHECK(f.count("new") == 91);
  CHECK(f.count("other") == 2);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto content = f.store.get(ids[i]);
    REQUIRE(content);
    CHECK(content->metadata.model == "new");
    CHECK(content->metadata.version == 2);
    CHECK(content->metadata.title == "title " + std::to_string(i));
    CHECK(content->output.get_integer("n") == static_cast<std::int64_t>(i));
    CHECK(content->metadata.tags == std::vector<std::string>{"tag"});
  }
  CHECK(f.store.get(there[0])->metadata.version == 1);
  CHECK(f.store.get(others[0])->metadata.model == "other");
  const auto again = f.store.rename_model("old", "new");
  CHECK(again.contents_renamed == 0);
  CHECK(again.complete);
}

TEST_CASE("a model is renamed in as many calls as it takes") {
  Fixture f;
  f.put("old", 120);
  std::int64_t renamed = 0;
  RenameReceipt receipt;
  for (int call = 0; call < 2000 && !receipt.complete; ++call) {
    try {
      receipt =
          f.store.rename_model("old", "new", Deadline::after(std::chrono::milliseconds(call)));
      renamed += receipt.contents_renamed;
    } catch (const Error& error) {
      INFO(error.what());
      CHECK(error.retryable());
    }
  }
  CHECK(receipt.complete);
  CHECK(renamed <= 120);
  CHECK(f.count("old") == 0);
  CHECK(f.count("new") == 120);
  f.store.maintenance().relay();
  CHECK(f.store.maintenance().outbox_status().pending == 0);
}

TEST_CASE("a rename and updates at the same time lose nothing of either") {
  Fixture f;
  const auto ids = f.put("old", 40);
  std::atomic<bool> stop{false};
  std::vector<std::vector<int>> last(2, std::vector<int>(ids.size(), -1));
  test::ThreadFailures failures;
  std::vector<std::jthread> threads;
  for (std::size_t t = 0; t < 2; ++t) {
    threads.emplace_back([&, t] {
      try {
        for (int round = 0; !stop || round == 0; ++round) {
          for (std::size_t i = t; i < ids.size(); i += 2) {
            f.store.update(ids[i], {.title = "round " + std::to_string(round)});
            last[t][i] = round;
          }
        }
      } catch (const std::exception& error) {
        failures.add(error.what());
      }
    });
  }
  RenameReceipt receipt;
  while (!receipt.complete) receipt = f.store.rename_model("old", "new");
  stop = true;
  threads.clear();
  CHECK(failures == 0);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto content = f.store.get(ids[i]);
    REQUIRE(content);
    CHECK(content->metadata.model == "new");
    CHECK(content->metadata.title == "round " + std::to_string(last[i % 2][i]));
  }
  CHECK(f.count("old") == 0);
}

TEST_CASE("a rename that can't be is refused with the field") {
  Fixture f;
  const std::string long_name(limits::model_characters + 1, 'm');
  const auto field_of = [&](const std::string& from, const std::string& to) {
    const Error error = error_of([&] { f.store.rename_model(from, to); });
    CHECK(error.code() == ErrorCode::invalid_argument);
    return error.field();
  };
  CHECK(field_of("", "new") == "from");
  CHECK(field_of("old", "") == "to");
  CHECK(field_of(long_name, "new") == "from");
  CHECK(field_of("old", long_name) == "to");
  CHECK(field_of("old", "\xff") == "to");
  CHECK(field_of("same", "same") == "to");
}
