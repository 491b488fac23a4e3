#include "polystore/redis/slots.hpp"

#include "polystore/error.hpp"
#include "polystore/redis/handles.hpp"
#include "polystore/redis/reply.hpp"

#include "support/errors.hpp"

#include <catch2/catch_test_macros.hpp>

#include <optional>
#include <string>

using namespace polystore;
using redis::Redirect;

namespace {

struct KeySlot {
  const char* key;
  int slot;  // as CLUSTER KEYSLOT of Redis 7.0 answers
};

constexpr KeySlot key_slots[] = {
    {"", 0},
    {"123456789", 12739},
    {"foo", 12182},
    {"{foo}bar", 12182},
    {"bar{foo}", 12182},
    {"a{foo}b{bar}c", 12182},
    {"{}foo", 9500},
    {"foo{}{bar}", 8363},
    {"foo{{bar}}zap", 4015},
    {"foo{bar}{zap}", 5061},
    {"{bar", 4015},
    {"user:1023:summary", 295},
    {"{polystore:vectors}:data", 2071},
    {"\xC3\xA9t\xC3\xA9", 10087},
};

struct ErrorRedirect {
  const char* error;
  std::optional<Redirect> expected;
};

using enum Redirect::Kind;

const ErrorRedirect error_redirects[] = {
    {"MOVED 3999 127.0.0.1:6381", Redirect{moved, 3999, {"127.0.0.1", 6381}}},
    {"ASK 0 cache-2.example:7000", Redirect{ask, 0, {"cache-2.example", 7000}}},
    {"MOVED 16383 ::1:6381", Redirect{moved, 16383, {"::1", 6381}}},
    {"MOVED 3999 :6381", Redirect{moved, 3999, {"", 6381}}},
    // who it is that has it, the node does not know
    {"MOVED 3999 ?:6381", std::nullopt},
    {"MOVED 3999 127.0.0.1:0", std::nullopt},
    // no redirections
    {"TRYAGAIN Multiple keys request during rehashing of slot", std::nullopt},
    {"MOVED", std::nullopt},
    {"MOVED 3999", std::nullopt},
    {"MOVED 16384 127.0.0.1:6381", std::nullopt},
    {"MOVED -1 127.0.0.1:6381", std::nullopt},
    {"MOVED x 127.0.0.1:6381", std::nullopt},
    {"MOVED 3999 127.0.0.1", std::nullopt},
    {"MOVED 3999 127.0.0.1:65536", std::nullopt},
    {"MOVED 3999 127.0.0.1:6381 more", std::nullopt},
    {"MOVEDX 3999 127.0.0.1:6381", std::nullopt},
    {"ERR unknown command", std::nullopt},
    {"", std::nullopt},
};

redis::Reply decoded(const std::string& bytes) {
  const redis::ReaderHandle reader(redisReaderCreate());
  REQUIRE(redisReaderFeed(reader.get(), bytes.data(), bytes.size()) == REDIS_OK);
  void* reply = nullptr;
  REQUIRE(redisReaderGetReply(reader.get(), &reply) == REDIS_OK);
  REQUIRE(reply != nullptr);
  return redis::Reply(redis::ReplyHandle(static_cast<redisReply*>(reply)));
}

}  // namespace

TEST_CASE("a key's slot is the one that Redis gives it") {
  for (const auto& [key, slot] : key_slots) {
    INFO(key);
    CHECK(redis::slot_of(key) == slot);
  }
}

TEST_CASE("each redirection says where a command belongs, and nothing else is one") {
  for (const auto& [error, expected] : error_redirects) {
    INFO(error);
    CHECK(redis::read_redirect(error) == expected);
  }
}

TEST_CASE("the slots of a cluster are read, whatever nodes call themselves") {
  const auto reply = decoded(
      "*4\r\n"
      "*3\r\n:0\r\n:99\r\n*3\r\n$8\r\n10.0.0.1\r\n:1\r\n$1\r\nx\r\n"
      "*4\r\n:100\r\n:100\r\n*3\r\n$0\r\n\r\n:2\r\n$1\r\nx\r\n*3\r\n$1\r\nr\r\n:9\r\n$1\r\nx\r\n"
      "*3\r\n:101\r\n:200\r\n*4\r\n$-1\r\n:3\r\n$1\r\nx\r\n*0\r\n"
      "*3\r\n:201\r\n:16383\r\n*3\r\n$1\r\n?\r\n:4\r\n$1\r\nx\r\n");
  const auto ranges = redis::read_slots(reply, {"asked", 7});
  REQUIRE(ranges.size() == 3);
  CHECK(ranges[0] == redis::SlotRange{0, 99, {"10.0.0.1", 1}});
  CHECK(ranges[1] == redis::SlotRange{100, 100, {"asked", 2}});
  CHECK(ranges[2] == redis::SlotRange{101, 200, {"asked", 3}});
}

TEST_CASE("what is not the slots of a cluster is damage") {
  for (const std::string bytes :
       {"+OK\r\n", "*1\r\n*0\r\n", "*1\r\n*3\r\n:5\r\n:4\r\n*2\r\n$1\r\nh\r\n:1\r\n",
        "*1\r\n*3\r\n:0\r\n:16384\r\n*2\r\n$1\r\nh\r\n:1\r\n",
        "*1\r\n*3\r\n:-1\r\n:4\r\n*2\r\n$1\r\nh\r\n:1\r\n",
        "*1\r\n*3\r\n:0\r\n:4\r\n*2\r\n$1\r\nh\r\n:65536\r\n"}) {
    INFO(bytes);
    const auto reply = decoded(bytes);
    CHECK(test::error_of([&] {
            (void)redis::read_slots(reply, {"asked", 7});
          }).code() == ErrorCode::data_loss);
  }
}
