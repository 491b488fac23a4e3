// Invalidations when the answers of PostgreSQL are lost.
#include "fault/epoch_checks.hpp"
#include "fault/postgres_store.hpp"

using namespace polystore::test;

TEST_CASE("an invalidation whose answer is lost is in doubt, and may be repeated") {
  check_lost_invalidation_is_in_doubt<PostgresDatabase>("UPDATE polystore_epoch_counter");
}

TEST_CASE("invalidations are read by the deadline or not at all, and then again") {
  check_invalidations_are_read_by_the_deadline<PostgresDatabase>();
}
