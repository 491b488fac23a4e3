#pragma once

#include "polystore/polystore.hpp"

#include "support/drain_outbox.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace polystore::test {

/// What became of puts under faults, and the check that none was lost and none came back.
struct PutHistory {
  static constexpr std::chrono::seconds put_deadline{5};

  /// One put of user 1, with an output that tells its id.
  void put(ContentStore& store) {
    const auto id = ContentId::generate();
    const auto start = Deadline::Clock::now();
    std::vector<ContentId>* list = &acknowledged;
    try {
      store.put({.title = id.to_string(),
                 .model = "model",
                 .user_id = 1,
                 .output = Document::from_json(R"({"id":")" + id.to_string() + R"("})"),
                 .id = id},
                Deadline::after(put_deadline));
    } catch (const Error& error) {
      list = error.outcome() == Outcome::not_applied ? &failed : nullptr;
    }
    const auto took = Deadline::Clock::now() - start;
    const std::lock_guard lock(mutex);
    longest = std::max(longest, took);
    if (list != nullptr) list->push_back(id);
  }

  /// Puts from 8 threads until `disturb` returns.
  template <class Disturb>
  void put_while(ContentStore& store, Disturb disturb) {
    std::atomic<bool> stop{false};
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&] {
        while (!stop) put(store);
      });
    }
    disturb();
    stop = true;
  }

  [[nodiscard]] std::size_t acknowledged_count() {
    const std::lock_guard lock(mutex);
    return acknowledged.size();
  }

  /// Everything acknowledged is there and equal, what surely failed is not, the outbox drains.
  void check(ContentStore& store) const {
    drain_outbox(store);
    CHECK(acknowledged.size() > 20);
    CHECK(longest <= put_deadline + std::chrono::milliseconds(500));
    CHECK(found(store, acknowledged) == acknowledged.size());
    CHECK(found(store, failed) == 0);
  }

  std::mutex mutex;
  std::vector<ContentId> acknowledged;
  std::vector<ContentId> failed;  // surely not applied
  Deadline::Clock::duration longest{0};

 private:
  // How many of them are there, as they were put.
  static std::size_t found(ContentStore& store, std::span<const ContentId> ids) {
    std::size_t count = 0;
    while (!ids.empty()) {
      const auto part = ids.first(std::min(ids.size(), limits::items_per_batch));
      const auto results = store.get_many(part);
      for (std::size_t i = 0; i < part.size(); ++i) {
        CHECK_FALSE(results[i].error);
        const auto& content = results[i].value;
        if (content && content->output.get_string("id") == part[i].to_string()) ++count;
      }
      ids = ids.subspan(part.size());
    }
    return count;
  }
};

}  // namespace polystore::test
