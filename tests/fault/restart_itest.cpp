// A PostgreSQL server that crashes and comes back.
#include "fault/restart_check.hpp"

using namespace polystore::test;

TEST_CASE("fault 08: PG stop -m immediate and restart under load loses no acknowledged put") {
  check_restart_loses_no_acknowledged_put(OwnServer::Kind::postgres);
}
