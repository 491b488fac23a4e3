#pragma once

#include <hiredis/hiredis.h>

#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace bench {

/// POLYSTORE_TEST_REDIS_URL: a server on 127.0.0.1.
inline std::string redis_url() {
  const char* url = std::getenv("POLYSTORE_TEST_REDIS_URL");
  if (url == nullptr) throw std::runtime_error("POLYSTORE_TEST_REDIS_URL is not set");
  return url;
}

/// Reads from Redis as one writes it by hand on hiredis: a connection for each caller.
class RawRedis {
 public:
  RawRedis(const std::string& url, std::size_t callers) {
    const int port = std::stoi(url.substr(url.rfind(':') + 1));
    for (std::size_t i = 0; i < callers; ++i) {
      contexts_.emplace_back(redisConnect("127.0.0.1", port));
      if (!contexts_.back() || contexts_.back()->err != 0) {
        throw std::runtime_error("hiredis could not connect");
      }
    }
  }

  std::string get(std::size_t caller, const std::string& key) {
    auto* reply = static_cast<redisReply*>(
        redisCommand(contexts_[caller].get(), "GET %b", key.data(), key.size()));
    if (reply == nullptr) throw std::runtime_error("hiredis lost its connection");
    std::string value(reply->str != nullptr ? reply->str : "", reply->len);
    freeReplyObject(reply);
    return value;
  }

 private:
  struct FreeContext {
    void operator()(redisContext* context) const { redisFree(context); }
  };
  std::vector<std::unique_ptr<redisContext, FreeContext>> contexts_;
};

}  // namespace bench
