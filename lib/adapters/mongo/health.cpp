// How the servers of a MongoOutputs are.
#include "adapters/mongo/commands.hpp"
#include "adapters/mongo/outputs.hpp"
#include "adapters/mongo/schema.hpp"
#include "values/health_list.hpp"

#include <bson/bson.h>
#include <fmt/format.h>

#include <chrono>
#include <string_view>

namespace polystore::adapters::mongo {
namespace {

using values::HealthList;
using SystemTime = HealthList::SystemTime;

constexpr const char* tested = "6.0";

Bson simple_command(const char* name) {
  Bson command;
  bson_append_int32(command.get(), name, -1, 1);
  return command;
}

int count_array(const bson_t& reply, const char* name) {
  bson_iter_t array;
  bson_iter_t element;
  int count = 0;
  if (bson_iter_init_find(&array, &reply, name) && BSON_ITER_HOLDS_ARRAY(&array) &&
      bson_iter_recurse(&array, &element)) {
    while (bson_iter_next(&element)) ++count;
  }
  return count;
}

// Empty if there is none. Valid as long as `reply`.
std::string_view version_of(const bson_t& reply) {
  bson_iter_t field;
  if (!bson_iter_init_find(&field, &reply, "version") || !BSON_ITER_HOLDS_UTF8(&field)) return {};
  return bson_iter_utf8(&field, nullptr);
}

// `hello` is the reply to the command of that name.
void check_replica_set(HealthList& list, const bson_t& hello) {
  constexpr const char* consequence =
      "outputs are lost with this machine's disk, and puts queue in the outbox while it is down; "
      "run a replica set of three";
  bson_iter_t field;
  if (bson_iter_init_find(&field, &hello, "msg")) {  // only a router has it
    list.ok("replica_set", "a router answers; its shards are replica sets");
  } else if (!bson_iter_init_find(&field, &hello, "setName")) {
    list.warn("replica_set", fmt::format("a standalone server: {}", consequence));
  } else if (count_array(hello, "hosts") + count_array(hello, "passives") < 2) {
    list.warn("replica_set", fmt::format("a set of one server: {}", consequence));
  } else {
    list.ok("replica_set", "has a primary");
  }
}

}  // namespace

std::vector<HealthCheck> MongoOutputs::check(Deadline deadline) {
  HealthList list;
  const bool answers = list.look("connection", [&] {
    (void)run(simple_command("hello"), deadline);
    list.ok("connection", "a server that takes writes answers");
  });
  if (!answers) return list.take();
  list.look("version", [&] {
    const Bson reply = run(simple_command("buildInfo"), deadline);
    list.version(version_of(*reply.get()), tested);
  });
  list.look("replica_set", [&] {
    // Asked again, so that connecting is not in the time that the clock is judged by.
    const auto before = std::chrono::system_clock::now();
    const Bson hello = run(simple_command("hello"), deadline);
    const auto after = std::chrono::system_clock::now();
    check_replica_set(list, *hello.get());
    bson_iter_t time;
    if (bson_iter_init_find(&time, hello.get(), "localTime") && BSON_ITER_HOLDS_DATE_TIME(&time)) {
      list.clock(SystemTime(std::chrono::milliseconds(bson_iter_date_time(&time))), before, after);
    }
  });
  list.look("write_concern", [&] {
    run_write(empty_write_command(deadline), deadline);
    list.ok("write_concern", "writes are acknowledged by a majority, from the journal");
  });
  list.look("schema", [&] {
    bool complete = false;
    try {
      complete = has_all_indexes(*run(list_indexes_command(), deadline).get());
    } catch (const Error& error) {
      if (error.code() != ErrorCode::not_found) throw;
    }
    if (complete) {
      list.ok("schema", "the indexes are there");
    } else {
      list.warn("schema",
                "indexes are missing; `polystore migrate`, or the first open, makes them");
    }
  });
  return list.take();
}

}  // namespace polystore::adapters::mongo
