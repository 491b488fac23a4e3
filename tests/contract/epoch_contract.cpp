// What every MetadataPort promises about invalidations (lib/ports/epoch_port.hpp).
#include "contract/metadata_fixture.hpp"
#include "support/deadline_grace.hpp"
#include "support/errors.hpp"
#include "support/thread_failures.hpp"

#include <atomic>
#include <thread>

using namespace polystore;
using namespace std::chrono_literals;
using ports::ScopeEpoch;

namespace {

struct EpochFixture : test::MetadataPortTest {
  std::int64_t invalidate(const Scope& scope, std::int64_t above = 0) const {
    return port->invalidate_scope(scope, above, soon());
  }

  /// Invalidates in a transaction, and commits it or not.
  std::int64_t invalidate_within(const Scope& scope, bool committed) const {
    const auto transaction = port->begin(soon());
    const std::int64_t epoch = transaction->invalidate_scope(scope, soon());
    if (committed) transaction->commit(soon());
    return epoch;
  }

  /// What goes at that hour of what was noted ten hours before.
  std::size_t forget(int hour, std::size_t most = 1000) const {
    const Timestamp epoch_of_2023{1'700'000'000'000ms};
    return port->forget_epochs(
        {.now = epoch_of_2023 + std::chrono::hours(hour), .age = 10h, .most = most}, soon());
  }

  ports::EpochChanges read(std::int64_t after = 0, std::size_t limit = 1000) const {
    return port->read_epochs(after, limit, soon());
  }
};

}  // namespace

TEST_CASE("invalidations are numbered from 1, and each scope has its last one") {
  const EpochFixture f;
  CHECK(f.read().epoch == 0);
  CHECK(f.read().scopes.empty());
  const Tenant acme = Tenant::named("acme");
  const std::vector scopes{Scope::all(),        Scope::tenant(Tenant::shared()),
                           Scope::tenant(acme), Scope::model("GPT-4"),
                           Scope::user(1023),   Scope::tag(Tenant::shared(), "news"),
                           Scope::tag(acme, "")};
  std::vector<ScopeEpoch> expected;
  for (const auto& scope : scopes) {
    const auto epoch = static_cast<std::int64_t>(expected.size() + 1);
    CHECK(f.invalidate(scope) == epoch);
    expected.push_back({scope.hash(), epoch});
  }
  CHECK(f.read().epoch == 7);
  CHECK(f.read().scopes == expected);
  CHECK(f.invalidate(scopes[2]) == 8);
  expected.erase(expected.begin() + 2);
  expected.push_back({scopes[2].hash(), 8});
  CHECK(f.read().scopes == expected);
}

TEST_CASE("invalidations are read on from where one has read to, as many as asked for") {
  const EpochFixture f;
  for (int i = 1; i <= 5; ++i) f.invalidate(Scope::user(i));
  const auto page = f.read(1, 3);
  CHECK(page.epoch == 5);
  REQUIRE(page.scopes.size() == 3);
  CHECK(page.scopes.front() == ScopeEpoch{Scope::user(2).hash(), 2});
  CHECK(page.scopes.back() == ScopeEpoch{Scope::user(4).hash(), 4});
  CHECK(f.read(4, 3).scopes.size() == 1);
  CHECK(f.read(5, 3).scopes.empty());
  CHECK(f.read(5, 3).epoch == 5);
  CHECK(f.read(99, 3).epoch == 5);
}

TEST_CASE("the number is above the one that is named, and the next ones follow it") {
  const EpochFixture f;
  CHECK(f.invalidate(Scope::user(1), 0) == 1);
  CHECK(f.invalidate(Scope::user(2), 10) == 11);
  CHECK(f.invalidate(Scope::user(3), 11) == 12);
  CHECK(f.invalidate(Scope::user(1), 5) == 13);
  CHECK(f.read().epoch == 13);
  CHECK(f.read(11).scopes ==
        std::vector<ScopeEpoch>{{Scope::user(3).hash(), 12}, {Scope::user(1).hash(), 13}});
}

TEST_CASE("names of scopes keep all their bytes") {
  const EpochFixture f;
  std::string longest;
  for (int i = 0; i < 255; ++i) longest += "🙂";
  const Tenant tenant = Tenant::named(longest);
  const std::vector scopes{Scope::tenant(tenant),
                           Scope::tag(tenant, longest.substr(0, 400)),
                           Scope::tag(tenant, longest.substr(0, 396)),
                           Scope::model("Größe"),
                           Scope::model("grösse"),
                           Scope::model("x'\"\\{},NULL%_ "),
                           Scope::model("x'\"\\{},NULL%_")};
  for (const auto& scope : scopes) f.invalidate(scope);
  const auto found = f.read().scopes;
  REQUIRE(found.size() == scopes.size());
  for (std::size_t i = 0; i < scopes.size(); ++i) CHECK(found[i].scope == scopes[i].hash());
}

TEST_CASE("an invalidation in a transaction is seen with its commit, and else never was") {
  const EpochFixture f;
  const auto other = f.setup->open();
  auto transaction = f.port->begin(EpochFixture::soon());
  CHECK(transaction->invalidate_scope(Scope::user(1), EpochFixture::soon()) == 1);
  CHECK(transaction->invalidate_scope(Scope::user(2), EpochFixture::soon()) == 2);
  CHECK(other->read_epochs(0, 10, EpochFixture::soon()).epoch == 0);
  transaction->commit(EpochFixture::soon());
  transaction.reset();
  CHECK(other->read_epochs(0, 10, EpochFixture::soon()).epoch == 2);
  CHECK(f.invalidate_within(Scope::user(1), false) == 3);
  CHECK(f.read().scopes.front() == ScopeEpoch{Scope::user(1).hash(), 1});
  CHECK(f.invalidate(Scope::user(3)) == 3);
}

TEST_CASE("who reads while many invalidate misses none of those up to what it has read") {
  const EpochFixture f;
  constexpr int threads = 4;
  constexpr int each = 40;
  test::ThreadFailures failed;
  std::atomic<int> running{threads};
  std::vector<std::jthread> writers;
  for (int t = 0; t < threads; ++t) {
    writers.emplace_back([&, t] {
      try {
        for (int i = 0; i < each; ++i) {
          const Scope scope = Scope::user(1 + t * each + i);  // each once: each keeps its number
          if (i % 4 == 1) (void)f.invalidate_within(scope, false);
          if (i % 4 == 2) (void)f.invalidate_within(scope, true);
          if (i % 4 != 2) (void)f.invalidate(scope);
        }
      } catch (const Error& error) {
        failed.add(error.what());
      }
      --running;
    });
  }
  std::vector<ScopeEpoch> seen;
  for (bool last = false; !last;) {
    last = running == 0;
    const auto changes = f.read(static_cast<std::int64_t>(seen.size()));
    seen.insert(seen.end(), changes.scopes.begin(), changes.scopes.end());
    REQUIRE(changes.epoch == static_cast<std::int64_t>(seen.size()));
    REQUIRE((seen.empty() || seen.back().epoch == changes.epoch));
  }
  writers.clear();
  CHECK(failed == 0);
  CHECK(seen.size() == std::size_t{threads} * each);
  CHECK(f.read().scopes == seen);
}

TEST_CASE("two that invalidate one scope at once leave the later number") {
  const EpochFixture f;
  test::ThreadFailures failed;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        try {
          for (int i = 0; i < 20; ++i) f.invalidate(Scope::all());
        } catch (const Error& error) {
          failed.add(error.what());
        }
      });
    }
  }
  CHECK(failed == 0);
  CHECK(f.read().scopes == std::vector<ScopeEpoch>{{Scope::all().hash(), 80}});
}

TEST_CASE("invalidations are forgotten once they were noted long ago, under a number of its own") {
  const EpochFixture f;
  CHECK(f.forget(0) == 0);
  f.invalidate(Scope::user(1));
  f.invalidate(Scope::user(2));
  CHECK(f.forget(0) == 0);
  f.invalidate(Scope::user(3));
  CHECK(f.forget(9) == 0);
  CHECK(f.read().epoch == 3);
  CHECK(f.read().forgotten == 0);
  CHECK(f.forget(10) == 2);
  CHECK(f.read().epoch == 4);
  CHECK(f.read().forgotten == 2);
  CHECK(f.read().scopes == std::vector<ScopeEpoch>{{Scope::user(3).hash(), 3}});
  CHECK(f.read(3).scopes.empty());  // who knew all before learns of it by the numbers
  CHECK(f.read(3).forgotten == 2);
  CHECK(f.forget(10) == 0);
  CHECK(f.read().epoch == 4);
  CHECK(f.invalidate(Scope::user(1)) == 5);
  CHECK(f.forget(20) == 1);
  CHECK(f.read().epoch == 6);
  CHECK(f.read().forgotten == 3);
  CHECK(f.read().scopes == std::vector<ScopeEpoch>{{Scope::user(1).hash(), 5}});
}

TEST_CASE("an invalidation that was repeated is as young as the last one") {
  const EpochFixture f;
  f.invalidate(Scope::user(1));
  CHECK(f.forget(0) == 0);
  f.invalidate(Scope::user(1));
  CHECK(f.forget(10) == 0);
  CHECK(f.read().scopes == std::vector<ScopeEpoch>{{Scope::user(1).hash(), 2}});
  CHECK(f.forget(20) == 1);
}

TEST_CASE("the last invalidation of everything stays, and those before it go whatever their age") {
  const EpochFixture f;
  f.invalidate(Scope::user(1));
  f.invalidate(Scope::all());
  f.invalidate(Scope::user(2));
  CHECK(f.forget(0) == 1);
  CHECK(f.read().scopes ==
        std::vector<ScopeEpoch>{{Scope::all().hash(), 2}, {Scope::user(2).hash(), 3}});
  CHECK(f.read().forgotten == 1);
  CHECK(f.forget(10) == 1);
  CHECK(f.read().scopes == std::vector<ScopeEpoch>{{Scope::all().hash(), 2}});
}

TEST_CASE("invalidations are forgotten as many at once as asked for, the oldest first") {
  const EpochFixture f;
  for (int i = 5; i >= 1; --i) f.invalidate(Scope::user(i));
  CHECK(f.forget(0) == 0);
  CHECK(f.forget(10, 2) == 2);
  CHECK(f.read().forgotten == 2);
  CHECK(f.read().scopes.front() == ScopeEpoch{Scope::user(3).hash(), 3});
  CHECK(f.forget(10, 2) == 2);
  CHECK(f.forget(10, 2) == 1);
  CHECK(f.forget(10, 2) == 0);
  CHECK(f.read().epoch == 8);
  CHECK(f.read().forgotten == 5);
}

TEST_CASE("two that forget at once have each go once") {
  const EpochFixture f;
  for (int i = 1; i <= 200; ++i) f.invalidate(Scope::user(i));
  CHECK(f.forget(0) == 0);
  test::ThreadFailures failed;
  std::atomic<std::size_t> gone{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 2; ++t) {
      threads.emplace_back([&] {
        try {
          while (const std::size_t went = f.forget(10, 30)) gone += went;
        } catch (const Error& error) {
          failed.add(error.what());
        }
      });
    }
  }
  CHECK(failed == 0);
  CHECK(gone == 200);
  CHECK(f.read().scopes.empty());
}

TEST_CASE("invalidations outlive the port") {
  EpochFixture f;
  f.invalidate(Scope::user(1));
  f.invalidate(Scope::user(2));
  f.port = f.setup->open();
  f.port->migrate(EpochFixture::soon());
  CHECK(f.read().epoch == 2);
  CHECK(f.read().scopes.size() == 2);
  CHECK(f.invalidate(Scope::user(1)) == 3);
}

TEST_CASE("an invalidation waits for another one's transaction until its deadline at most") {
  const EpochFixture f;
  const auto other = f.setup->open();
  auto holder = other->begin(EpochFixture::soon());
  (void)holder->invalidate_scope(Scope::user(1), EpochFixture::soon());
  const auto start = Deadline::Clock::now();
  const Error error =
      test::error_of([&] { f.port->invalidate_scope(Scope::user(2), 0, Deadline::after(200ms)); });
  CHECK(Deadline::Clock::now() - start < 200ms + test::deadline_grace);
  CHECK(error.retryable());
  CHECK(error.outcome() == Outcome::not_applied);
  CHECK(f.read().epoch == 0);  // readers wait for nobody
  holder.reset();
  CHECK(f.invalidate(Scope::user(2)) >= 1);
}

TEST_CASE("invalidations on an expired deadline end at once") {
  const EpochFixture f;
  test::check_ends_at_once(
      [&] { f.port->invalidate_scope(Scope::all(), 0, Deadline::immediate()); });
  test::check_ends_at_once([&] { (void)f.port->read_epochs(0, 1, Deadline::immediate()); });
  test::check_ends_at_once([&] { f.port->forget_epochs({.age = 1h}, Deadline::immediate()); });
}

TEST_CASE("a closed port invalidates nothing") {
  const EpochFixture f;
  f.port->close();
  CHECK(test::error_of([&] { f.invalidate(Scope::all()); }).code() == ErrorCode::closed);
  CHECK(test::error_of([&] { (void)f.read(); }).code() == ErrorCode::closed);
  CHECK(test::error_of([&] { (void)f.forget(0); }).code() == ErrorCode::closed);
}
