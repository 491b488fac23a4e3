#include "adapters/redis/factory.hpp"

#include "adapters/redis/cache.hpp"
#include "adapters/redis/responses.hpp"

#include <memory>

namespace polystore::adapters::redis {

ports::ResponseStores open_responses(std::string_view url, std::chrono::milliseconds near_lease) {
  const auto options = polystore::redis::ConnectOptions::from_url(url, "responses");
  const auto server = std::make_shared<Server>(options);
  return {.plain = std::make_unique<RedisCache>(server),
          .responses = std::make_unique<RedisResponses>(server, near_lease)};
}

}  // namespace polystore::adapters::redis
