#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

struct redisContext;

namespace bench {

/// GET and SET of plain strings as one writes them by hand on hiredis: one blocking connection per
/// caller, redisCommand, and the reply's bytes copied to a std::string.
/// Threads: each caller from one at a time. All members throw std::runtime_error when the server
/// refuses or the key is not there.
class RawRedis {
 public:
  RawRedis(const std::string& url, std::size_t callers);

  void set(std::size_t caller, const std::string& key, const std::string& value);
  [[nodiscard]] std::string get(std::size_t caller, const std::string& key);

 private:
  struct Closer {
    void operator()(redisContext* context) const noexcept;
  };

  std::vector<std::unique_ptr<redisContext, Closer>> connections_;
};

}  // namespace bench
