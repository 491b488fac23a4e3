#include "polystore/redis/handles.hpp"

#include "adapters/redis/factory.hpp"
#include "contract/response_contract.hpp"
#include "support/heard_changes.hpp"
#include "support/patience.hpp"
#include "support/server_stores.hpp"

#include <catch2/catch_test_macros.hpp>

#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

namespace polystore::test {
namespace {

using namespace std::literals;

class RedisResponseFixture : public ResponseFixture {
 public:
  ports::ResponsePort& port() override { return *port_; }
  ports::ResponsePort& other() override { return *other_; }
  void pass(std::chrono::milliseconds span) override { std::this_thread::sleep_for(span); }

 private:
  ScratchRedis redis_;
  std::unique_ptr<ports::ResponsePort> port_ =
      adapters::redis::open_responses(redis_.url(), 500ms).responses;
  std::unique_ptr<ports::ResponsePort> other_ =
      adapters::redis::open_responses(redis_.url(), 500ms).responses;
};

ports::EntryKey some_key() {
  ports::EntryKey key{};
  key[0] = 0x0f;
  key[31] = 0xe2;
  return key;
}

constexpr const char* hex_of_some_key =
    "0f000000000000000000000000000000000000000000000000000000000000e2";

struct OneStore {
  explicit OneStore(const std::string& url, const std::string& store_id)
      : port(adapters::redis::open_responses(url, 500ms).responses) {
    port->start(store_id, listener);
  }
  OneStore(const OneStore&) = delete;
  OneStore& operator=(const OneStore&) = delete;
  ~OneStore() { port->close(); }

  [[nodiscard]] bool has(const ports::EntryKey& key) const {
    return port->look_up(key, Deadline::after(20s)).stored.has_value();
  }

  HeardChanges listener;
  std::unique_ptr<ports::ResponsePort> port;
};

}  // namespace

std::unique_ptr<ResponseFixture> ResponseFixture::make() {
  return std::make_unique<RedisResponseFixture>();
}

TEST_CASE("responses are kept under the documented keys") {
  const ScratchRedis redis;
  const OneStore store(redis.url(), "7f3c");
  const auto soon = Deadline::after(20s);
  store.port->store(some_key(), {"envelope", 10s}, soon);
  const std::string hex = hex_of_some_key;
  CHECK(redis.cli("get 'polystore:{7f3c}:r:" + hex + "'") == "envelope");
  const int left = std::stoi(redis.cli("pttl 'polystore:{7f3c}:r:" + hex + "'"));
  CHECK(left > 5000);
  CHECK(left <= 10000);
  CHECK(store.port->acquire(some_key(), {}, 10s, soon).acquired);
  CHECK(std::stoi(redis.cli("pttl 'polystore:{7f3c}:l:" + hex + "'")) > 5000);
  store.port->advance_epoch(12, soon);
  CHECK(redis.cli("get 'polystore:{7f3c}:epoch'") == "12");
}

TEST_CASE("stores with other ids on one server do not meet") {
  const ScratchRedis redis;
  const OneStore one(redis.url(), "a");
  const OneStore two(redis.url(), "b");
  const OneStore glob(redis.url(), "?");
  const auto soon = Deadline::after(20s);
  one.port->store(some_key(), {"envelope", 10s}, soon);
  one.port->advance_epoch(3, soon);
  CHECK(one.has(some_key()));
  CHECK_FALSE(two.has(some_key()));
  CHECK_FALSE(two.port->look_up(some_key(), soon).epoch);
  CHECK(glob.port->scan(
      8,
      [](std::string_view) {
        FAIL("another store's response");
        return true;
      },
      soon));
}

TEST_CASE("what others wrote under our keys is a miss, not a failure") {
  const ScratchRedis redis;
  const OneStore store(redis.url(), "a");
  const auto soon = Deadline::after(20s);
  const std::string key = std::string("'polystore:{a}:r:") + hex_of_some_key + "'";
  (void)redis.cli("lpush " + key + " x");
  CHECK_FALSE(store.has(some_key()));
  CHECK(store.port->scan(
      8, [](std::string_view) { return true; }, soon));
  (void)redis.cli("del " + key);
  (void)redis.cli("set " + key + " 'without an end'");
  CHECK_FALSE(store.has(some_key()));
  (void)redis.cli("set 'polystore:{a}:epoch' nonsense");
  CHECK_FALSE(store.port->look_up(some_key(), soon).epoch);
  store.port->advance_epoch(4, soon);
  CHECK(store.port->look_up(some_key(), soon).epoch == 4);
}

TEST_CASE("scripts that the server forgot are given to it again") {
  const ScratchRedis redis;
  const OneStore store(redis.url(), "a");
  const auto soon = Deadline::after(20s);
  for (int i = 0; i < 3; ++i) {
    CHECK(store.port->acquire(some_key(), {}, 10s, soon).acquired);
    if (i == 1) CHECK(redis.cli("script flush") == "OK");
  }
  CHECK(store.port->publish(some_key(), {}, {"v", 1h}, soon));
}

TEST_CASE("chunks are added by the lease's holder alone, and go with the lease") {
  const ScratchRedis redis;
  const OneStore store(redis.url(), "7f3c");
  const OneStore other(redis.url(), "7f3c");
  const ports::EntryKey key = some_key();
  const ports::LeaseToken mine{0x0f, 1};
  const ports::LeaseToken theirs{0x0f, 2};
  const auto soon = Deadline::after(20s);
  const auto append = [&](const ports::LeaseToken& token, std::size_t first,
                          const std::vector<std::string>& chunks) {
    return store.port->append_chunks(key, token, first, chunks, soon);
  };
  using Chunks = std::vector<std::string>;
  CHECK_FALSE(append(mine, 0, {"too early"}));
  REQUIRE(store.port->acquire(key, mine, 30s, soon).acquired);
  CHECK(other.port->acquire(key, theirs, 30s, soon).holder == mine);
  CHECK(append(mine, 0, {"a", "b"}));
  CHECK_FALSE(append(theirs, 0, {"not theirs"}));
  CHECK(other.port->read_chunks(mine, 0, soon) == Chunks{"a", "b"});
  CHECK(other.port->read_chunks(mine, 1, soon) == Chunks{"b"});
  CHECK(other.port->read_chunks(mine, 2, soon).empty());
  CHECK(other.port->read_chunks(theirs, 0, soon).empty());

  // Once more, since the answer was lost: only what is new is added.
  CHECK(append(mine, 1, {"b", std::string("\0c", 2)}));
  CHECK(append(mine, 1, {"b"}));
  CHECK(other.port->read_chunks(mine, 0, soon) == Chunks{"a", "b", std::string("\0c", 2)});
  // The first ones were lost: a reader must not take others for them.
  CHECK_FALSE(append(mine, 7, {"h"}));

  const std::string list = "'polystore:{7f3c}:c:0f010000000000000000000000000000'";
  CHECK(redis.cli("llen " + list) == "3");
  CHECK(std::stoi(redis.cli("pttl " + list)) <= 30'000);
  CHECK(store.port->renew(key, mine, 10min, soon));
  CHECK(std::stoi(redis.cli("pttl " + list)) > 300'000);

  SECTION("with its end") { store.port->release(key, mine, soon); }
  SECTION("with what was made") { CHECK(store.port->publish(key, mine, {"v", 1h}, soon)); }
  CHECK(redis.cli("exists " + list) == "0");
  CHECK_FALSE(append(mine, 3, {"too late"}));
  CHECK(redis.cli("exists " + list) == "0");
}

TEST_CASE("chunks of a lease that was taken away get no more, and no longer time") {
  const ScratchRedis redis;
  const OneStore store(redis.url(), "a");
  const ports::LeaseToken mine{1};
  const auto soon = Deadline::after(20s);
  const std::vector<std::string> chunk{"a"};
  REQUIRE(store.port->acquire(some_key(), mine, 30s, soon).acquired);
  CHECK(store.port->append_chunks(some_key(), mine, 0, chunk, soon));
  (void)store.port->remove(some_key(), soon);
  CHECK_FALSE(store.port->append_chunks(some_key(), mine, 1, chunk, soon));
  CHECK_FALSE(store.port->renew(some_key(), mine, 1h, soon));
  const std::string list = "'polystore:{a}:c:01000000000000000000000000000000'";
  CHECK(std::stoi(redis.cli("pttl " + list)) <= 30'000);
  CHECK(store.port->read_chunks(mine, 0, soon) == chunk);
}

TEST_CASE("many chunks are read some at a time") {
  const ScratchRedis redis;
  const OneStore store(redis.url(), "a");
  const ports::LeaseToken mine{1};
  const auto soon = Deadline::after(20s);
  REQUIRE(store.port->acquire(some_key(), mine, 30s, soon).acquired);
  std::vector<std::string> all;
  for (int i = 0; i < 150; ++i) all.push_back(std::to_string(i));
  CHECK(store.port->append_chunks(some_key(), mine, 0, all, soon));
  std::vector<std::string> read;
  for (;;) {
    const auto some = store.port->read_chunks(mine, read.size(), soon);
    if (some.empty()) break;
    CHECK(some.size() <= ports::ResponsePort::chunks_at_once);
    read.insert(read.end(), some.begin(), some.end());
  }
  CHECK(read == all);
}

TEST_CASE("with RESP3, changes are heard of by users who may subscribe to no channel") {
  if (!redis::reads_resp3) SKIP("hiredis here is older than 1.0, which does not know RESP3");
  const ScratchRedis redis;
  const std::string user = "listener" + std::to_string(getpid());
  CHECK(redis.cli("acl setuser " + user + " on '>secret' '~*' +@all resetchannels") == "OK");
  std::string url = redis.url();
  url.insert(url.find("//") + 2, user + ":secret@");
  {
    OneStore store(url, "resp3");
    const OneStore other(redis.url(), "resp3");
    CHECK(becomes_true([&] { return store.port->copies_valid_until() > Deadline::Clock::now(); }));
    const auto soon = Deadline::after(20s);
    other.port->store(some_key(), {"v", 1h}, soon);
    other.port->advance_epoch(3, soon);
    CHECK(becomes_true([&] { return store.listener.heard_of(some_key()); }));
    CHECK(becomes_true([&] { return store.listener.epochs() >= 1; }));
    store.listener.forget();
    (void)redis.cli("flushdb");
    CHECK(becomes_true([&] { return store.listener.all() >= 1; }));
  }
  (void)redis.cli("acl deluser " + user);
}

TEST_CASE("a scan ends by its deadline and says that it is not complete") {
  const ScratchRedis redis;
  const OneStore store(redis.url(), "a");
  for (int i = 0; i < 1200; ++i) {
    ports::EntryKey key{};
    key[0] = static_cast<std::uint8_t>(i % 256);
    key[1] = static_cast<std::uint8_t>(i / 256);
    store.port->store(key, {"v", 1h}, Deadline::after(20s));
  }
  int seen = 0;
  CHECK_FALSE(store.port->scan(
      8,
      [&](std::string_view) {
        if (++seen == 1) std::this_thread::sleep_for(420ms);
        return true;
      },
      Deadline::after(400ms)));
  CHECK(seen > 0);
  CHECK(seen < 1200);
}

}  // namespace polystore::test
