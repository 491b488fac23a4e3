#include "read/epoch_book.hpp"

#include "support/errors.hpp"
#include "unit/read/fake_epochs.hpp"
#include "values/entry_key.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

using namespace polystore;
using namespace std::chrono_literals;
using read::EpochBook;

namespace {

Deadline soon() { return Deadline::after(20s); }

Error failure(ErrorCode code) { return Error({.code = code, .message = "told to fail"}); }

struct Fixture {
  test::FakeEpochs epochs;
  EpochBook book{epochs};
  const Tenant acme = Tenant::named("acme");
  const CacheKey key = CacheKey::of(
      {.tenant = acme, .model = "GPT-4", .prompt = "Hi", .user_id = 7, .tags = {"news", "daily"}});
};

}  // namespace

TEST_CASE("while nothing was invalidated the digest is the key") {
  const Fixture f;
  const auto current = f.book.entry_key(f.key);
  CHECK(current.key == f.key.digest());
  CHECK(current.epoch == 0);
  CHECK(f.epochs.reads == 0);
}

TEST_CASE("an invalidation changes the keys of the requests in its scope, and no others") {
  Fixture f;
  const CacheKey other = CacheKey::of({.tenant = Tenant::named("b"),
                                       .model = "GPT-5",
                                       .prompt = "Hi",
                                       .user_id = 8,
                                       .tags = {"news", "daily"}});
  auto before = f.book.entry_key(f.key).key;
  std::int64_t epoch = 0;
  for (const Scope& scope :
       {Scope::tenant(f.acme), Scope::model("GPT-4"), Scope::user(7), Scope::tag(f.acme, "news"),
        Scope::tag(f.acme, "daily"), Scope::user(7)}) {
    CHECK(f.book.invalidate(scope, soon()) == ++epoch);
    const auto current = f.book.entry_key(f.key);
    CHECK(current.key != before);
    CHECK(current.epoch == epoch);
    before = current.key;
  }
  CHECK(f.book.entry_key(other).key == other.digest());
  f.book.invalidate(Scope::all(), soon());
  CHECK(f.book.entry_key(other).key != other.digest());
  CHECK(f.book.entry_key(f.key).key != before);
}

TEST_CASE("the numbers in force make the key, so that all processes have the same") {
  Fixture f;
  f.book.invalidate(Scope::all(), soon());
  f.book.invalidate(Scope::user(1), soon());
  f.book.invalidate(Scope::user(7), soon());
  std::vector<values::EpochInForce> in_force{{.scope = Scope::user(7).hash(), .epoch = 3},
                                             {.scope = Scope::all().hash(), .epoch = 1}};
  std::ranges::sort(in_force, {}, &values::EpochInForce::scope);
  const auto expected = values::entry_key(f.key.digest(), in_force);
  CHECK(f.book.entry_key(f.key).key == expected);
  EpochBook other(f.epochs);
  CHECK(other.entry_key(f.key).key == f.key.digest());
  other.catch_up(3, soon());
  CHECK(other.entry_key(f.key).key == expected);
}

TEST_CASE("an invalidation of everything makes all before it void, in every process") {
  Fixture f;
  f.book.invalidate(Scope::user(7), soon());
  f.book.invalidate(Scope::all(), soon());
  const std::vector<values::EpochInForce> in_force{{.scope = Scope::all().hash(), .epoch = 2}};
  CHECK(f.book.entry_key(f.key).key == values::entry_key(f.key.digest(), in_force));
  EpochBook other(f.epochs);
  other.refresh(soon());
  CHECK(other.entry_key(f.key).key == f.book.entry_key(f.key).key);
  CHECK(f.book.invalidate(Scope::user(7), soon()) == 3);
  CHECK(f.book.entry_key(f.key).key != other.entry_key(f.key).key);
  other.catch_up(3, soon());
  CHECK(f.book.entry_key(f.key).key == other.entry_key(f.key).key);
}

TEST_CASE("what is forgotten is in no key any more, and told of with the key") {
  Fixture f;
  f.book.invalidate(Scope::user(7), soon());
  f.book.invalidate(Scope::user(8), soon());
  f.book.invalidate(Scope::tenant(f.acme), soon());
  EpochBook late(f.epochs);
  late.refresh(soon());
  const auto before = f.book.entry_key(f.key);
  CHECK(before.forgotten == 0);
  int told = 0;
  f.book.before_forgetting([&] { ++told; });
  CHECK(f.book.forget({}, 1h, soon()) == 0);
  CHECK(told == 0);
  f.epochs.may_forget = 2;
  CHECK(f.book.forget({}, 1h, soon()) == 2);
  CHECK(told == 1);
  const std::vector<values::EpochInForce> in_force{
      {.scope = Scope::tenant(f.acme).hash(), .epoch = 3}};
  const auto after = f.book.entry_key(f.key);
  CHECK(after.key == values::entry_key(f.key.digest(), in_force));
  CHECK(after.epoch == 4);
  CHECK(after.forgotten == 2);
  CHECK(f.book.invalidated_since({}, 1));
  CHECK_FALSE(f.book.invalidated_since({}, 2));

  // Another process has its old key until it hears of the number, a new one the new key at once.
  CHECK(late.entry_key(f.key).key == before.key);
  CHECK(late.entry_key(f.key).epoch == 3);
  late.catch_up(4, soon());
  CHECK(late.entry_key(f.key).key == after.key);
  EpochBook fresh(f.epochs);
  fresh.refresh(soon());
  CHECK(fresh.entry_key(f.key).key == after.key);
  CHECK(fresh.entry_key(f.key).forgotten == 2);
}

TEST_CASE("forgetting goes on until all is gone that may go") {
  Fixture f;
  for (int i = 1; i <= 3000; ++i) f.epochs.invalidate(Scope::user(i));
  f.epochs.may_forget = 2990;
  CHECK(f.book.forget({}, 1h, soon()) == 2990);
  CHECK(f.book.entry_key(f.key).key == f.key.digest());
  CHECK(f.book.entry_key(f.key).forgotten == 2990);
}

TEST_CASE("processes agree on keys after a list came back that had not forgotten yet") {
  Fixture f;
  f.book.invalidate(Scope::user(7), soon());
  const auto restore = f.epochs.back_up();
  f.book.invalidate(Scope::user(8), soon());
  f.epochs.may_forget = 1;
  CHECK(f.book.forget({}, 1h, soon()) == 1);
  restore();
  // What the one has forgotten the other reads.
  EpochBook other(f.epochs);
  other.refresh(soon());
  CHECK(other.entry_key(f.key).key != f.book.entry_key(f.key).key);
  other.catch_up(f.book.epoch(), soon());
  f.book.catch_up(other.epoch(), soon());
  CHECK(other.entry_key(f.key).key == f.book.entry_key(f.key).key);
  CHECK(other.entry_key(f.key).epoch == f.book.entry_key(f.key).epoch);
}

TEST_CASE("the list is read when a number is heard of that is not known, and only what is new") {
  Fixture f;
  for (int i = 1; i <= 3; ++i) f.epochs.invalidate(Scope::user(i));
  f.book.catch_up(0, soon());
  CHECK(f.epochs.reads == 0);
  f.book.catch_up(2, soon());
  CHECK(f.epochs.reads == 1);
  CHECK(f.book.epoch() == 3);
  f.book.catch_up(3, soon());
  CHECK(f.epochs.reads == 1);
  f.epochs.invalidate(Scope::user(7));
  f.book.catch_up(4, soon());
  CHECK(f.epochs.reads == 2);
  CHECK(f.epochs.last_after == 3);
  CHECK(f.book.entry_key(f.key).key != f.key.digest());
}

TEST_CASE("refresh reads what nobody was told of") {
  Fixture f;
  f.epochs.invalidate(Scope::user(7));
  f.book.refresh(soon());
  CHECK(f.book.epoch() == 1);
  f.book.refresh(soon());
  CHECK(f.epochs.reads == 2);
}

TEST_CASE("a read of a long list that fails goes on where it was, and nothing is known before") {
  Fixture f;
  for (int i = 1; i <= 10'000; ++i) f.epochs.invalidate(Scope::user(10'001 - i));
  f.epochs.before_read = [&] {
    if (f.epochs.reads == 3) throw failure(ErrorCode::unavailable);
  };
  const Error error = test::error_of([&] { f.book.refresh(soon()); });
  CHECK(error.code() == ErrorCode::unavailable);
  CHECK(f.book.epoch() == 0);
  const std::int64_t begun = f.epochs.last_after;
  CHECK(begun > 1'000);
  // One that was read is invalidated anew, one that was not, too.
  f.epochs.invalidate(Scope::user(10'000));
  f.epochs.invalidate(Scope::user(7));
  std::int64_t went_on = -1;
  f.epochs.before_read = [&] {
    if (went_on < 0) went_on = f.epochs.last_after;
  };
  f.book.catch_up(10'000, soon());
  CHECK(went_on == begun);
  CHECK(f.book.epoch() == 10'002);
  EpochBook fresh(f.epochs);
  fresh.refresh(soon());
  for (const std::int64_t user : {1, 7, 8, 5'000, 10'000}) {
    const auto key =
        CacheKey::of({.tenant = Tenant::shared(), .model = "m", .prompt = "Hi", .user_id = user});
    CHECK(fresh.entry_key(key).key == f.book.entry_key(key).key);
    CHECK(fresh.entry_key(key).key != key.digest());
  }
}

TEST_CASE("one's own invalidation needs no read unless others came before it") {
  Fixture f;
  CHECK(f.book.invalidate(Scope::user(1), soon()) == 1);
  CHECK(f.book.invalidate(Scope::user(1), soon()) == 2);
  CHECK(f.epochs.reads == 0);
  CHECK(f.book.epoch() == 2);
  f.epochs.invalidate(Scope::user(7));
  CHECK(f.book.invalidate(Scope::user(1), soon()) == 4);
  CHECK(f.epochs.reads == 1);
  CHECK(f.book.epoch() == 4);
  CHECK(f.book.entry_key(f.key).key != f.key.digest());
}

TEST_CASE("an invalidation holds though the others' before it can't be read") {
  Fixture f;
  f.epochs.invalidate(Scope::all());
  f.epochs.before_read = [] { throw failure(ErrorCode::unavailable); };
  CHECK(f.book.invalidate(Scope::user(7), soon()) == 2);
  CHECK(f.book.entry_key(f.key).key != f.key.digest());
  CHECK(f.book.epoch() == 0);
  CHECK(test::error_of([&] { f.book.catch_up(2, soon()); }).code() == ErrorCode::unavailable);
  f.epochs.before_read = nullptr;
  f.book.catch_up(2, soon());
  CHECK(f.book.epoch() == 2);
}

TEST_CASE("an invalidation that was recorded by other means is noted") {
  Fixture f;
  f.book.note(Scope::user(7), f.epochs.invalidate(Scope::user(7)));
  CHECK(f.book.epoch() == 1);
  const auto noted = f.book.entry_key(f.key).key;
  CHECK(noted != f.key.digest());
  f.book.note(Scope::user(7), 1);
  CHECK(f.book.entry_key(f.key).key == noted);
  f.epochs.invalidate(Scope::user(1));
  f.book.note(Scope::user(7), f.epochs.invalidate(Scope::user(7)));
  CHECK(f.book.epoch() == 1);  // the second is not known
  CHECK(f.book.entry_key(f.key).key != noted);
  CHECK(f.epochs.reads == 0);
}

TEST_CASE("a list that forgot numbers has everything invalidated above them") {
  Fixture f;
  for (int i = 1; i <= 5; ++i) f.epochs.invalidate(Scope::user(i));
  const auto restore = f.epochs.back_up();
  for (int i = 1; i <= 5; ++i) f.epochs.invalidate(Scope::user(i));
  f.book.catch_up(10, soon());
  restore();
  const auto before = f.book.entry_key(f.key).key;

  SECTION("found by reading it") {
    f.book.refresh(soon());
    CHECK(f.book.epoch() == 11);
  }
  SECTION("found by an invalidation, whose number was given before") {
    CHECK(f.book.invalidate(Scope::user(1), soon()) == 11);
    CHECK(f.book.epoch() == 11);
  }
  SECTION("found by a process that has read it only now, and hears of a higher one") {
    EpochBook fresh(f.epochs);
    fresh.catch_up(10, soon());
    CHECK(fresh.epoch() == 11);
    f.book.catch_up(11, soon());
    CHECK(f.book.epoch() == 11);
    CHECK(f.book.entry_key(f.key).key == fresh.entry_key(f.key).key);
  }
  CHECK(f.book.entry_key(f.key).key != before);
  CHECK(f.epochs.invalidate(Scope::user(7)) == 12);
}

TEST_CASE("a number that can't be is refused, and invalidates nothing") {
  Fixture f;
  f.epochs.invalidate(Scope::user(7));
  for (const std::int64_t heard_of :
       {EpochBook::largest_loss + 2, std::numeric_limits<std::int64_t>::max()}) {
    const Error error = test::error_of([&] { f.book.catch_up(heard_of, soon()); });
    CHECK(error.code() == ErrorCode::data_loss);
    CHECK_FALSE(error.retryable());
  }
  f.book.refresh(soon());
  CHECK(f.book.epoch() == 1);
  f.book.catch_up(EpochBook::largest_loss + 1, soon());
  CHECK(f.book.epoch() == EpochBook::largest_loss + 2);
}
