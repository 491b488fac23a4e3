#include "adapters/redis/scan.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

namespace polystore::adapters::redis {
namespace {

using polystore::redis::Command;
using polystore::redis::Connection;
using polystore::redis::ReplyView;

// Keys that the server looks at in one step, during which it serves nobody else.
constexpr std::string_view keys_per_step = "500";

std::string glob_of(const std::string& prefix) {
  std::string glob;
  for (const char c : prefix) {
    if (std::string_view(R"(*?[]\^)").find(c) != std::string_view::npos) glob += '\\';
    glob += c;
  }
  return glob + "*";
}

// False when the visitor has enough.
bool visit_heads(Connection& connection, const ReplyView& keys, const std::string& last,
                 const ports::ResponsePort::Visitor& visit, Deadline deadline) {
  std::vector<Command> commands;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    commands.push_back({"GETRANGE", keys.at(i).text(), "0", last});
  }
  if (commands.empty()) return true;
  const auto replies = connection.pipeline(commands, deadline);
  return std::ranges::all_of(replies, [&](const auto& head) {
    // One that was removed meanwhile, or is no string, has no head.
    return head.is_error() || head.text().empty() || visit(head.text());
  });
}

}  // namespace

bool scan_values(polystore::redis::ConnectionPool& pool, const ScanRange& range,
                 const ports::ResponsePort::Visitor& visit, Deadline deadline) {
  const std::string glob = glob_of(range.prefix);
  const std::string last = std::to_string(std::max<std::size_t>(range.head_bytes, 1) - 1);
  std::string cursor = "0";
  try {
    const auto connection = pool.acquire(deadline);
    for (;;) {
      const auto reply =
          connection->command({"SCAN", cursor, "MATCH", glob, "COUNT", keys_per_step}, deadline);
      cursor = reply.at(0).text();
      if (!visit_heads(*connection, reply.at(1), last, visit, deadline)) return true;
      if (cursor == "0") return true;
      if (deadline.expired()) return false;
    }
  } catch (const Error& error) {
    if (error.code() == ErrorCode::deadline_exceeded) return false;
    throw;
  }
}

}  // namespace polystore::adapters::redis
