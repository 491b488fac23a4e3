// Invalidations when messages to MariaDB and its answers are lost.
#include "fault/epoch_checks.hpp"
#include "fault/mysql_store.hpp"

using namespace polystore;
using namespace polystore::test;

TEST_CASE(
    "an invalidation whose commit's answer is lost is in doubt, and may be repeated (MariaDB)") {
  check_lost_invalidation_is_in_doubt<MysqlDatabase>(MysqlDatabase::on_commit({}, {}).bytes);
}

TEST_CASE(
    "an invalidation that is cut off before its commit never was, and holds up no other "
    "(MariaDB)") {
  EpochStore<MysqlDatabase> f;
  for (const auto& fault : {Fault::black_hole(), Fault::reset()}) {
    const std::int64_t before = f.last();
    const Error error = f.invalidate_under("UPDATE polystore_epoch_counter", fault);
    CHECK(error.outcome() == Outcome::not_applied);
    CHECK(error.retryable());
    // The server ends what it had begun, and its lock on the counter, by itself.
    CHECK(f.port->invalidate_scope(Scope::all(), 0, f.soon()) == before + 1);
    f.proxy.heal();
  }
}

TEST_CASE("invalidations are read by the deadline or not at all, and then again (MariaDB)") {
  check_invalidations_are_read_by_the_deadline<MysqlDatabase>();
}
