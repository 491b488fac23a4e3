#include "adapters/redis/responses.hpp"

#include "adapters/redis/scan.hpp"
#include "core/whole_number.hpp"

#include <algorithm>
#include <array>

namespace polystore::adapters::redis {
namespace {

using polystore::redis::Command;
using polystore::redis::ReplyView;
using std::chrono::milliseconds;

std::string_view view_of(const ports::LeaseToken& token) {
  return {reinterpret_cast<const char*>(token.data()), token.size()};
}

// Redis takes no zero.
std::string text_of(milliseconds span) {
  return std::to_string(std::max<milliseconds::rep>(span.count(), 1));
}

// A lease or value that ends at this moment has 0 ms.
milliseconds span_of(std::int64_t reply) { return milliseconds(std::max<std::int64_t>(reply, 0)); }

// Zeros for what is no token of ours.
ports::LeaseToken token_of(std::string_view text) {
  ports::LeaseToken token{};
  if (text.size() == token.size()) std::ranges::copy(text, token.begin());
  return token;
}

std::optional<std::int64_t> epoch_of(const ReplyView& reply) {
  if (reply.is_nil()) return std::nullopt;
  return detail::whole_number<std::int64_t>(reply.text());
}

}  // namespace

void RedisResponses::start(const std::string& store_id, ports::ResponseListener& listener) {
  keys_ = Keys(store_id);
  tracker_.start(keys_, listener);
}

ports::ResponseLookup RedisResponses::look_up(const ports::EntryKey& key, Deadline deadline) {
  const std::string value = keys_.value(key);
  // A value that is replaced between the two gets its successor's time. It was good when it was
  // read; a copy of it that is kept meanwhile ends by the message of the change, not by its time.
  const std::array commands{Command{"MGET", keys_.epoch(), value}, Command{"PTTL", value}};
  const auto replies = server_->run(Access::read, value, commands, deadline);
  ports::ResponseLookup result{};
  // One that took another's place may not have got all that the other was told.
  if (server_->generation(value) == told_) result.epoch = epoch_of(replies[0].at(0));
  const auto envelope = replies[0].at(1);
  // Below zero: none, or none that ends, which is not ours.
  const std::int64_t remaining = replies[1].integer();
  if (!envelope.is_nil() && !envelope.text().empty() && remaining >= 0) {
    result.stored = {.envelope = std::string(envelope.text()), .remaining = span_of(remaining)};
  }
  return result;
}

ports::LeaseResult RedisResponses::acquire(const ports::EntryKey& key,
                                           const ports::LeaseToken& token, milliseconds ttl,
                                           Deadline deadline) {
  const std::string lease = keys_.lease(key);
  const std::string ttl_text = text_of(ttl);
  const auto reply =
      server_->run_script(scripts_.acquire, std::array{std::string_view(lease)},
                          std::array{view_of(token), std::string_view(ttl_text)}, deadline);
  return {.acquired = reply.at(0).integer() == 1,
          .remaining = span_of(reply.at(1).integer()),
          .holder = token_of(reply.at(2).text())};
}

bool RedisResponses::renew(const ports::EntryKey& key, const ports::LeaseToken& token,
                           milliseconds ttl, Deadline deadline) {
  const std::string lease = keys_.lease(key);
  const std::string chunks = keys_.chunks(token);
  const std::string ttl_text = text_of(ttl);
  return server_
             ->run_script(scripts_.renew, std::array<std::string_view, 2>{lease, chunks},
                          std::array{view_of(token), std::string_view(ttl_text)}, deadline)
             .integer() == 1;
}

bool RedisResponses::append_chunks(const ports::EntryKey& key, const ports::LeaseToken& token,
                                   std::size_t first, std::span<const std::string> chunks,
                                   Deadline deadline) {
  const std::string lease = keys_.lease(key);
  const std::string list = keys_.chunks(token);
  const std::string first_text = std::to_string(first);
  std::vector<std::string_view> arguments{view_of(token), first_text};
  arguments.insert(arguments.end(), chunks.begin(), chunks.end());
  return server_
             ->run_script(scripts_.append_chunks, std::array<std::string_view, 2>{lease, list},
                          arguments, deadline)
             .integer() == 1;
}

std::vector<std::string> RedisResponses::read_chunks(const ports::LeaseToken& holder,
                                                     std::size_t first, Deadline deadline) {
  const std::string list = keys_.chunks(holder);
  const std::string begin = std::to_string(first);
  const std::string last = std::to_string(first + chunks_at_once - 1);
  const Command command{"LRANGE", list, begin, last};
  const auto replies = server_->run(Access::read, list, {&command, 1}, deadline);
  std::vector<std::string> chunks;
  for (std::size_t i = 0; i < replies.front().size(); ++i) {
    chunks.emplace_back(replies.front().at(i).text());
  }
  return chunks;
}

bool RedisResponses::publish(const ports::EntryKey& key, const ports::LeaseToken& token,
                             const ports::StoredResponse& response, Deadline deadline) {
  const std::string lease = keys_.lease(key);
  const std::string value = keys_.value(key);
  const std::string chunks = keys_.chunks(token);
  const std::string ttl_text = text_of(response.remaining);
  const std::array<std::string_view, 3> arguments{view_of(token), ttl_text, response.envelope};
  return server_
             ->run_script(scripts_.publish, std::array<std::string_view, 3>{lease, value, chunks},
                          arguments, deadline)
             .integer() == 1;
}

void RedisResponses::release(const ports::EntryKey& key, const ports::LeaseToken& token,
                             Deadline deadline) {
  const std::string lease = keys_.lease(key);
  const std::string chunks = keys_.chunks(token);
  (void)server_->run_script(scripts_.release, std::array<std::string_view, 2>{lease, chunks},
                            std::array{view_of(token)}, deadline);
}

void RedisResponses::store(const ports::EntryKey& key, const ports::StoredResponse& response,
                           Deadline deadline) {
  const std::string lease = keys_.lease(key);
  const std::string value = keys_.value(key);
  const std::string ttl_text = text_of(response.remaining);
  (void)server_->run_script(scripts_.store, std::array<std::string_view, 2>{lease, value},
                            std::array<std::string_view, 2>{ttl_text, response.envelope}, deadline);
}

bool RedisResponses::remove(const ports::EntryKey& key, Deadline deadline) {
  const std::string lease = keys_.lease(key);
  const std::string value = keys_.value(key);
  return server_
             ->run_script(scripts_.remove, std::array<std::string_view, 2>{lease, value}, {},
                          deadline)
             .integer() > 0;
}

void RedisResponses::advance_epoch(std::int64_t epoch, Deadline deadline) {
  const std::string text = std::to_string(epoch);
  const auto generation = server_->generation(keys_.epoch());
  (void)server_->run_script(scripts_.advance_epoch, std::array{std::string_view(keys_.epoch())},
                            std::array{std::string_view(text)}, deadline);
  told_ = generation;
}

bool RedisResponses::scan(std::size_t head_bytes, const Visitor& visit, Deadline deadline) {
  const auto node = server_->having(keys_.epoch(), deadline);
  return scan_values(node->combiner.pool(), {keys_.values(), head_bytes}, visit, deadline);
}

void RedisResponses::close() noexcept {
  tracker_.close();
  server_->close();
}

}  // namespace polystore::adapters::redis
