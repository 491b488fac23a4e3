#include "adapters/redis/vectors.hpp"

#include "polystore/error.hpp"

#include "adapters/redis/factory.hpp"
#include "adapters/redis/health.hpp"
#include "core/whole_number.hpp"

#include <algorithm>
#include <array>
#include <random>
#include <string_view>
#include <unordered_map>

namespace polystore::adapters::redis {
namespace {

using polystore::redis::Command;
using polystore::redis::Reply;
using polystore::redis::ReplyView;

constexpr const char* data_key = "{polystore:vectors}:data";
constexpr const char* log_key = "{polystore:vectors}:log";
constexpr const char* spaces_key = "{polystore:vectors}:spaces";

constexpr const char* orders_key = "{polystore:vectors}:orders";
constexpr const char* forgotten_key = "{polystore:vectors}:forgotten";

constexpr const char* scan_items = "500";
// A script holds up the server for some milliseconds at most.
constexpr std::size_t bytes_per_script = std::size_t{4} << 20;

// Keys: data, log, spaces. Arguments: a space and what it is, a mark, the log's least length, then
// key and body of each vector. What the space is, where that is something else; else the ids.
// The log comes first: memory that is full refuses its entry, and nothing is done.
constexpr const char* put_script = R"lua(
local there = redis.call('HGET', KEYS[3], ARGV[1])
if not there then redis.call('HSET', KEYS[3], ARGV[1], ARGV[2])
elseif there ~= ARGV[2] then return there end
local keep = math.max(tonumber(ARGV[4]), redis.call('HLEN', KEYS[1]))
local ids = {}
for i = 5, #ARGV, 2 do
  local id = redis.call('XADD', KEYS[2], 'MAXLEN', '~', keep, '*', 'key', ARGV[i], 'mark', ARGV[3])
  redis.call('HSET', KEYS[1], ARGV[i], id .. ' ' .. ARGV[i + 1])
  ids[#ids + 1] = id
end
return ids
)lua";

// As put_script, but with two keys more, orders and forgotten, and the order after each body.
constexpr const char* put_ordered_script = R"lua(
local there = redis.call('HGET', KEYS[3], ARGV[1])
if not there then redis.call('HSET', KEYS[3], ARGV[1], ARGV[2])
elseif there ~= ARGV[2] then return there end
local keep = math.max(tonumber(ARGV[4]), redis.call('HLEN', KEYS[1]))
for i = 5, #ARGV, 3 do
  local key = ARGV[i]
  local order = redis.call('HGET', KEYS[4], key)
  if not redis.call('ZSCORE', KEYS[5], key) and
     not (order and tonumber(order) > tonumber(ARGV[i + 2])) then
    local id = redis.call('XADD', KEYS[2], 'MAXLEN', '~', keep, '*', 'key', key, 'mark', ARGV[3])
    redis.call('HSET', KEYS[1], key, id .. ' ' .. ARGV[i + 1])
    redis.call('HSET', KEYS[4], key, ARGV[i + 2])
  end
end
return {}
)lua";

// Keys: data, log, orders, forgotten. Arguments: a mark, the log's least length, for how many
// seconds a key is remembered, then keys.
constexpr const char* forget_script = R"lua(
local now = tonumber(redis.call('TIME')[1])
local keep = math.max(tonumber(ARGV[2]), redis.call('HLEN', KEYS[1]))
for i = 4, #ARGV do
  local key = ARGV[i]
  redis.call('ZADD', KEYS[4], now, key)
  redis.call('HDEL', KEYS[3], key)
  if redis.call('HEXISTS', KEYS[1], key) == 1 then
    redis.call('XADD', KEYS[2], 'MAXLEN', '~', keep, '*', 'key', key, 'mark', ARGV[1])
    redis.call('HDEL', KEYS[1], key)
  end
end
redis.call('ZREMRANGEBYSCORE', KEYS[4], '-inf', now - tonumber(ARGV[3]))
return {}
)lua";

// Keys: data, log. Arguments: the vector's key, a mark, the log's least length. The id, or nothing.
constexpr const char* erase_script = R"lua(
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then return false end
local keep = math.max(tonumber(ARGV[3]), redis.call('HLEN', KEYS[1]))
local id = redis.call('XADD', KEYS[2], 'MAXLEN', '~', keep, '*', 'key', ARGV[1], 'mark', ARGV[2])
redis.call('HDEL', KEYS[1], ARGV[1])
return id
)lua";

[[noreturn]] void fail_damaged() {
  throw Error({.code = ErrorCode::data_loss,
               .backend = Backend::redis,
               .operation = "read vectors",
               .message = "what the server keeps under {polystore:vectors} was not written by this "
                          "library"});
}

template <class Number>
Number read_number(std::string_view text) {
  const auto number = detail::whole_number<Number>(text);
  if (!number) fail_damaged();
  return *number;
}

// An id of a stream is "<milliseconds>-<number within that>".
constexpr int number_bits = 20;

std::int64_t version_of(std::string_view id) {
  const auto dash = id.find('-');
  if (dash == std::string_view::npos) fail_damaged();
  const auto milliseconds = read_number<std::int64_t>(id.substr(0, dash));
  const auto number = read_number<std::int64_t>(id.substr(dash + 1));
  if (milliseconds >= std::int64_t{1} << 43 || number >= std::int64_t{1} << number_bits) {
    fail_damaged();
  }
  return milliseconds << number_bits | number;
}

std::string id_of(std::int64_t version) {
  return std::to_string(version >> number_bits) + "-" +
         std::to_string(version & ((std::int64_t{1} << number_bits) - 1));
}

std::string new_mark() {
  thread_local std::mt19937_64 random{std::random_device{}()};
  std::array<char, 16> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), random(), 36).ptr;
  return {text.data(), end};
}

constexpr std::array metrics{"cosine", "dot", "l2"};
constexpr std::array encodings{"float32", "int8"};

std::string describe(const VectorSpace& space) {
  return std::to_string(space.dimensions) + " " +
         metrics.at(static_cast<std::size_t>(space.metric)) + " " +
         encodings.at(static_cast<std::size_t>(space.encoding));
}

template <class Value, std::size_t Count>
Value named(const std::array<const char*, Count>& names, std::string_view name) {
  const auto found = std::ranges::find(names, name);
  if (found == names.end()) fail_damaged();
  return static_cast<Value>(found - names.begin());
}

VectorSpace read_space(const std::string& name, std::string_view text) {
  const auto first = text.find(' ');
  const auto second = text.rfind(' ');
  if (first == std::string_view::npos || second == first) fail_damaged();
  return {.name = name,
          .dimensions = read_number<std::size_t>(text.substr(0, first)),
          .metric = named<Metric>(metrics, text.substr(first + 1, second - first - 1)),
          .encoding = named<VectorEncoding>(encodings, text.substr(second + 1))};
}

ports::StoredVector read_vector(std::string_view key, std::string_view text) {
  const auto space = text.find(' ');
  if (space == std::string_view::npos) fail_damaged();
  return {.key = std::string(key),
          .version = version_of(text.substr(0, space)),
          .body = std::string(text.substr(space + 1))};
}

// An entry of the log: its id, and its fields, which are "key" and "mark".
struct LogEntry {
  explicit LogEntry(const ReplyView& reply)
      : version(version_of(reply.at(0).text())),
        key(reply.at(1).at(1).text()),
        mark(reply.at(1).at(3).text()) {}

  std::int64_t version;
  std::string_view key;
  std::string_view mark;
};

[[noreturn]] void fail_other_space() {
  throw Error({.code = ErrorCode::conflict,
               .backend = Backend::redis,
               .operation = "put a vector",
               .field = "space",
               .message = "it has other dimensions, another metric or encoding"});
}

bool follows(const ports::VectorPosition& after, const ReplyView& check, std::size_t least_log) {
  // Before the first change there is no entry to know the log by.
  if (after.version == 0) return check.integer() < static_cast<std::int64_t>(least_log);
  return check.size() == 1 && LogEntry(check.at(0)).mark == after.mark;
}

// Each key once, at its last change.
void add_entries(const ReplyView& entries, ports::VectorChanges& to) {
  std::unordered_map<std::string_view, std::size_t> last;
  for (std::size_t i = 0; i < entries.size(); ++i) last[LogEntry(entries.at(i)).key] = i;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const LogEntry entry(entries.at(i));
    if (last[entry.key] != i) continue;
    to.changes.push_back({.key = std::string(entry.key), .version = entry.version});
  }
  const LogEntry end(entries.at(entries.size() - 1));
  to.position = {.version = end.version, .mark = std::string(end.mark)};
}

}  // namespace

std::vector<Reply> RedisVectors::run_all(Server::Commands commands, Deadline deadline) {
  return server_.run_alone(data_key, commands, deadline);
}

RedisVectors::Space RedisVectors::ensure_space(const VectorSpace& space, Deadline deadline) {
  const std::string text = describe(space);
  const std::array<Command, 2> commands{Command{"HSETNX", spaces_key, space.name, text},
                                        Command{"HGET", spaces_key, space.name}};
  const auto replies = run_all(commands, deadline);
  return {.space = read_space(space.name, replies[1].text()), .created = replies[0].integer() == 1};
}

std::optional<VectorSpace> RedisVectors::find_space(const std::string& name, Deadline deadline) {
  const auto reply = run({"HGET", spaces_key, name}, deadline);
  if (reply.is_nil()) return std::nullopt;
  return read_space(name, reply.text());
}

std::vector<std::int64_t> RedisVectors::put(const VectorSpace& space,
                                            std::span<const ports::VectorEntry> entries,
                                            Deadline deadline) {
  std::vector<std::int64_t> versions;
  while (!entries.empty()) {
    std::size_t count = 1;
    std::size_t bytes = entries.front().body.size();
    while (count < entries.size() && bytes + entries[count].body.size() <= bytes_per_script) {
      bytes += entries[count++].body.size();
    }
    const auto some = put_part(space, entries.first(count), deadline);
    versions.insert(versions.end(), some.begin(), some.end());
    entries = entries.subspan(count);
  }
  return versions;
}

std::vector<std::int64_t> RedisVectors::put_part(const VectorSpace& space,
                                                 std::span<const ports::VectorEntry> entries,
                                                 Deadline deadline) {
  const std::string text = describe(space);
  const std::string mark = new_mark();
  const std::string least_log = std::to_string(least_log_);
  Command command{"EVAL",     put_script, "3",  data_key, log_key,
                  spaces_key, space.name, text, mark,     least_log};
  for (const auto& entry : entries) {
    command.push_back(entry.key);
    command.push_back(entry.body);
  }
  const auto reply = run(command, deadline);
  if (!reply.is_array()) fail_other_space();
  std::vector<std::int64_t> versions;
  for (std::size_t i = 0; i < reply.size(); ++i) {
    versions.push_back(version_of(reply.at(i).text()));
  }
  return versions;
}

void RedisVectors::put_ordered(const VectorSpace& space,
                               std::span<const ports::OrderedEntry> entries, Deadline deadline) {
  const std::string text = describe(space);
  const std::string mark = new_mark();
  const std::string least_log = std::to_string(least_log_);
  while (!entries.empty()) {
    Command command{"EVAL",     put_ordered_script, "5",        data_key, log_key, spaces_key,
                    orders_key, forgotten_key,      space.name, text,     mark,    least_log};
    std::vector<std::string> orders;  // not to be moved while the command refers to them
    orders.reserve(entries.size());
    for (std::size_t bytes = 0; !entries.empty() && bytes <= bytes_per_script;) {
      const auto& entry = entries.front();
      bytes += entry.body.size();
      orders.push_back(std::to_string(entry.order));
      command.insert(command.end(), {entry.key, entry.body, orders.back()});
      entries = entries.subspan(1);
    }
    if (!run(command, deadline).is_array()) fail_other_space();
  }
}

void RedisVectors::forget(std::span<const std::string> keys, Deadline deadline) {
  if (keys.empty()) return;
  const std::string mark = new_mark();
  const std::string least_log = std::to_string(least_log_);
  const std::string seconds = std::to_string(std::chrono::seconds(ports::forgotten_for).count());
  Command command{"EVAL",     forget_script, "4",  data_key,  log_key,
                  orders_key, forgotten_key, mark, least_log, seconds};
  command.insert(command.end(), keys.begin(), keys.end());
  (void)run(command, deadline);
}

std::optional<ports::StoredVector> RedisVectors::get(const std::string& key, Deadline deadline) {
  const auto reply = run({"HGET", data_key, key}, deadline);
  if (reply.is_nil()) return std::nullopt;
  return read_vector(key, reply.text());
}

std::optional<std::int64_t> RedisVectors::erase(const std::string& key, Deadline deadline) {
  const std::string mark = new_mark();
  const std::string least_log = std::to_string(least_log_);
  const auto reply =
      run({"EVAL", erase_script, "2", data_key, log_key, key, mark, least_log}, deadline);
  if (reply.is_nil()) return std::nullopt;
  return version_of(reply.text());
}

ports::VectorPosition RedisVectors::last_position(Deadline deadline) {
  const auto reply = run({"XREVRANGE", log_key, "+", "-", "COUNT", "1"}, deadline);
  if (reply.size() == 0) return {};
  const LogEntry last(reply.at(0));
  return {.version = last.version, .mark = std::string(last.mark)};
}

ports::VectorChanges RedisVectors::changes(const ports::VectorLogRead& read, Deadline deadline) {
  // Whoever follows the log does so all the time, and so hears for the others of a failover.
  server_.look_for_failover(deadline);
  const std::string id = id_of(read.after.version);
  const std::string limit = std::to_string(read.limit);
  const std::string wait = std::to_string(read.wait.count());
  Command next{"XREAD", "COUNT", limit};
  if (read.wait.count() > 0) next.insert(next.end(), {"BLOCK", wait});
  next.insert(next.end(), {"STREAMS", log_key, id});
  const std::array<Command, 2> commands{
      read.after.version == 0 ? Command{"XLEN", log_key} : Command{"XRANGE", log_key, id, id},
      next};
  const auto replies = run_all(commands, deadline);
  ports::VectorChanges result{.position = read.after};
  result.lost = !follows(read.after, replies[0], least_log_);
  if (result.lost || replies[1].is_nil()) return result;
  add_entries(replies[1].at(0).at(1), result);
  add_present(result, deadline);
  return result;
}

void RedisVectors::add_present(ports::VectorChanges& changes, Deadline deadline) {
  Command command{"HMGET", data_key};
  for (const auto& change : changes.changes) command.push_back(change.key);
  const auto reply = run(command, deadline);
  for (std::size_t i = 0; i < changes.changes.size(); ++i) {
    const auto found = reply.at(i);
    auto& change = changes.changes[i];
    if (!found.is_nil()) change.now = read_vector(change.key, found.text());
  }
}

ports::VectorScan RedisVectors::scan(const std::string& from, Deadline deadline) {
  const auto reply =
      run({"HSCAN", data_key, from.empty() ? "0" : from, "COUNT", scan_items}, deadline);
  ports::VectorScan scan;
  const auto pairs = reply.at(1);
  for (std::size_t i = 0; i + 1 < pairs.size(); i += 2) {
    scan.vectors.push_back(read_vector(pairs.at(i).text(), pairs.at(i + 1).text()));
  }
  const auto next = reply.at(0).text();
  if (next != "0") scan.next = std::string(next);
  return scan;
}

std::vector<HealthCheck> RedisVectors::check(Deadline deadline) {
  return check_vector_health(server_, data_key, deadline);
}

std::unique_ptr<ports::VectorPort> open_vectors(std::string_view url, std::size_t least_log) {
  return std::make_unique<RedisVectors>(polystore::redis::ConnectOptions::from_url(url, "vectors"),
                                        least_log);
}

}  // namespace polystore::adapters::redis
