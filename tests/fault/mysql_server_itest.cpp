// A MariaDB server that stops answering, or crashes and comes back.
#include "fault/mysql_store.hpp"
#include "fault/restart_check.hpp"
#include "support/errors.hpp"
#include "support/faults.hpp"
#include "support/servers.hpp"

#include <functional>

using namespace polystore;
using namespace polystore::test;
using namespace std::chrono_literals;

namespace {

void check_ends_by_deadline(const std::function<void(Deadline)>& call) {
  for (const auto span : {50ms, 400ms}) {
    check_ends_within(span, [&] {
      try {
        call(in(span));
      } catch (const Error& error) {
        INFO(error.what());
        CHECK((error.code() == ErrorCode::deadline_exceeded ||
               error.code() == ErrorCode::unavailable));
        CHECK(error.retryable());
      }
    });
  }
}

}  // namespace

TEST_CASE("fault 10: a stopped server holds no call beyond its deadline (MariaDB)") {
  MysqlStore f;
  const Draft before = draft_of("before");
  f.store.put(before);
  const Draft draft = draft_of("stopped");
  {
    const StoppedProcess stopped(std::stoi(require_server("MYSQL_PID")));
    check_ends_by_deadline([&](Deadline d) { f.store.put(draft, d); });
    check_ends_by_deadline([&](Deadline d) { (void)f.store.get(*before.id, d); });
    check_ends_by_deadline([&](Deadline d) { (void)f.store.find({}, d); });
    check_ends_by_deadline([&](Deadline d) { f.store.erase(ContentId::generate(), d); });
    check_ends_by_deadline([&](Deadline d) { f.store.update(*before.id, {.title = "t"}, d); });
    check_ends_by_deadline([&](Deadline d) { f.store.erase_user(404, d); });
  }
  CHECK(works_again([&] { (void)f.store.get(*before.id); }));
  CHECK(f.store.put(draft, in(15s)) == *draft.id);
  f.check_stored_once(draft);
}

TEST_CASE("fault 08: a crash and restart under load loses no acknowledged put (MariaDB)") {
  check_restart_loses_no_acknowledged_put(OwnServer::Kind::mysql);
}
