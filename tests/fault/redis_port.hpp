#pragma once

#include "adapters/redis/factory.hpp"
#include "support/errors.hpp"
#include "support/heard_changes.hpp"
#include "support/own_server.hpp"
#include "support/patience.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

namespace polystore::test {

/// A Redis of the test's own.
class OwnRedis : public OwnServer {
 public:
  OwnRedis() : OwnServer(Kind::redis) {}

  /// Runs redis-cli, which must succeed.
  void cli(const std::string& arguments) const {
    const std::string command = "redis-cli -u '" + url() + "' " + arguments + " >/dev/null 2>&1";
    if (std::system(command.c_str()) != 0) FAIL("redis-cli failed: " << arguments);
  }
};

/// The two ports of a store on a server, or on a proxy before it.
struct RedisPorts {
  explicit RedisPorts(const std::string& url,
                      std::chrono::milliseconds near_lease = std::chrono::milliseconds(200))
      : stores(adapters::redis::open_responses(url, near_lease)) {
    stored().start("fault", heard);
  }
  RedisPorts(const RedisPorts&) = delete;
  RedisPorts& operator=(const RedisPorts&) = delete;
  ~RedisPorts() { close(); }

  void close() {
    if (stores.responses) stored().close();
    if (stores.plain) plain().close();
  }

  [[nodiscard]] ports::ResponsePort& stored() const { return *stores.responses; }
  [[nodiscard]] ports::CachePort& plain() const { return *stores.plain; }

  [[nodiscard]] bool copies_are_valid() const {
    return stored().copies_valid_until() > Deadline::Clock::now();
  }
  void await_valid() const {
    REQUIRE(becomes_true([this] { return copies_are_valid(); }));
  }

  HeardChanges heard;
  ports::ResponseStores stores;
};

inline const ports::EntryKey entry{1, 2, 3};
inline const ports::LeaseToken token{7};
inline Deadline in_20_s() { return Deadline::after(std::chrono::seconds(20)); }

}  // namespace polystore::test
