#include "raw_redis.hpp"

#include <hiredis/hiredis.h>
#include <polystore/redis/options.hpp>

#include <stdexcept>

namespace bench {
namespace {

struct ReplyDeleter {
  void operator()(redisReply* reply) const noexcept { freeReplyObject(reply); }
};
using Reply = std::unique_ptr<redisReply, ReplyDeleter>;

Reply require(redisContext* context, void* answer, int type) {
  Reply reply(static_cast<redisReply*>(answer));
  if (!reply) throw std::runtime_error(context->errstr);
  if (reply->type != type) throw std::runtime_error("Redis gave another reply than was expected");
  return reply;
}

}  // namespace

void RawRedis::Closer::operator()(redisContext* context) const noexcept { redisFree(context); }

RawRedis::RawRedis(const std::string& url, std::size_t callers) {
  const auto options = polystore::redis::ConnectOptions::from_url(url, "responses");
  for (std::size_t i = 0; i < callers; ++i) {
    connections_.emplace_back(redisConnect(options.host.c_str(), options.port));
    if (!connections_.back()) throw std::runtime_error("hiredis gave no connection");
    if (connections_.back()->err != 0) throw std::runtime_error(connections_.back()->errstr);
  }
}

void RawRedis::set(std::size_t caller, const std::string& key, const std::string& value) {
  redisContext* context = connections_[caller].get();
  (void)require(context,
                redisCommand(context, "SET %s %b EX 3600", key.c_str(), value.data(), value.size()),
                REDIS_REPLY_STATUS);
}

std::string RawRedis::get(std::size_t caller, const std::string& key) {
  redisContext* context = connections_[caller].get();
  const Reply reply =
      require(context, redisCommand(context, "GET %s", key.c_str()), REDIS_REPLY_STRING);
  return {reply->str, static_cast<std::size_t>(reply->len)};
}

}  // namespace bench
