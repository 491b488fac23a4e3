#include "adapters/memory/factory.hpp"

#include "adapters/memory/cache.hpp"
#include "adapters/memory/responses.hpp"

#include <utility>

namespace polystore::adapters::memory {

ports::ResponseStores open_responses(std::size_t max_bytes,
                                     std::shared_ptr<const ports::Clock> clock) {
  const auto memory = std::make_shared<Memory>(max_bytes, std::move(clock));
  return {.plain = std::make_unique<MemoryCache>(memory),
          .responses = std::make_unique<MemoryResponses>(memory)};
}

}  // namespace polystore::adapters::memory
