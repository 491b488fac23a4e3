#include "adapters/redis/health.hpp"

#include "values/health_list.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace polystore::adapters::redis {
namespace {

using polystore::redis::Connection;
using values::HealthList;

constexpr const char* tested = "7.0";

// The value of a "name:value" line of INFO; empty if there is none.
std::string_view field(std::string_view info, const std::string& name) {
  const std::string line_start = "\n" + name + ":";
  const auto at = info.find(line_start);
  if (at == std::string_view::npos) return {};
  const auto value = info.substr(at + line_start.size());
  return value.substr(0, value.find_first_of("\r\n"));
}

void check_memory(HealthList& list, std::string_view limit, std::string_view policy) {
  if (limit == "0" || limit.empty()) {
    list.ok("maxmemory", "no limit is set");
  } else if (policy == "noeviction") {
    list.warn("maxmemory",
              "when memory is full, new responses are refused (noeviction); set "
              "maxmemory-policy to allkeys-lru");
  } else {
    list.ok("maxmemory", "old keys make room for new ones");
  }
}

// Vectors are nobody's copies: what is dropped is lost.
void check_vector_memory(HealthList& list, std::string_view limit, std::string_view policy) {
  if (limit == "0" || limit.empty()) {
    list.ok("maxmemory", "no limit is set");
  } else if (policy.starts_with("allkeys")) {
    list.fail("maxmemory",
              "when memory is full, vectors are dropped; set maxmemory-policy to a volatile-… one, "
              "which drops responses only, or give vectors a server of their own");
  } else {
    list.ok("maxmemory", "vectors are not dropped to make room");
  }
}

void check_persistence(HealthList& list, std::string_view info) {
  if (field(info, "aof_enabled") == "1") {
    list.ok("persistence", "a log of every write (appendonly)");
  } else {
    list.warn(
        "persistence",
        "the server forgets the last vectors when it ends without saving; set appendonly yes");
  }
}

// `vectors_key`: where vectors are; empty for a server of responses.
void check_info(HealthList& list, Connection& connection, std::string_view vectors_key,
                Deadline deadline) {
  const auto reply = connection.command({"INFO"}, deadline);
  const std::string_view info = reply.text();
  list.version(field(info, "redis_version"), tested);
  if (field(info, "role") == "slave") {
    list.fail("role", "a replica, which takes no writes; name its master in the URL");
  } else {
    list.ok("role", "takes writes");
  }
  const auto limit = field(info, "maxmemory");
  const auto policy = field(info, "maxmemory_policy");
  if (vectors_key.empty()) {
    check_memory(list, limit, policy);
  } else if (connection.command({"EXISTS", vectors_key}, deadline).integer() == 0) {
    list.ok("vectors", "there are none yet");
  } else {
    check_vector_memory(list, limit, policy);
    check_persistence(list, info);
  }
}

std::vector<HealthCheck> check_one(polystore::redis::ConnectionPool& pool,
                                   std::string_view vectors_key, Deadline deadline) {
  HealthList list;
  std::optional<polystore::redis::ConnectionPool::Lease> connection;
  if (!list.look("connection", [&] {
        connection.emplace(pool.acquire(deadline));
        (void)(*connection)->command({"PING"}, deadline);
        list.ok("connection", "answers");
      })) {
    return list.take();
  }
  list.look("info", [&] {
    try {
      check_info(list, **connection, vectors_key, deadline);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::access_denied) throw;
      list.warn("info", "this user may not run INFO, so nothing more was looked at");
    }
  });
  return list.take();
}

// Of each check the worst.
void merge(std::vector<HealthCheck>&& checks, std::vector<HealthCheck>& into) {
  for (auto& check : checks) {
    const auto known = std::ranges::find(into, check.name, &HealthCheck::name);
    if (known == into.end()) {
      into.push_back(std::move(check));
    } else if (known->status < check.status) {
      *known = std::move(check);
    }
  }
}

std::vector<HealthCheck> check_each(const std::function<std::vector<NodeRef>()>& find,
                                    std::string_view vectors_key, Deadline deadline) {
  HealthList list;
  std::vector<NodeRef> nodes;
  if (!list.look("connection", [&] { nodes = find(); })) return list.take();
  std::vector<HealthCheck> checks;
  for (const auto& node : nodes) {
    merge(check_one(node->combiner.pool(), vectors_key, deadline), checks);
  }
  return checks;
}

}  // namespace

std::vector<HealthCheck> check_health(Server& server, Deadline deadline) {
  return check_each([&] { return server.all(deadline); }, {}, deadline);
}

std::vector<HealthCheck> check_vector_health(Server& server, std::string_view vectors_key,
                                             Deadline deadline) {
  return check_each([&] { return std::vector{server.having(vectors_key, deadline)}; }, vectors_key,
                    deadline);
}

}  // namespace polystore::adapters::redis
