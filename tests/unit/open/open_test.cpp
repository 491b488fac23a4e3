#include "polystore/polystore.hpp"

#include "support/environment.hpp"
#include "support/errors.hpp"
#include "support/temporary_folder.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <string>
#include <string_view>

using namespace polystore;
using test::error_of;
using namespace std::chrono_literals;

namespace {

// A port of this machine that nothing listens on: 1 needs privileges and is not in use.
constexpr const char* nobody = "127.0.0.1:1";

OpenOptions urls(std::string metadata, std::string outputs, std::string responses = "memory:") {
  return {.metadata = std::move(metadata),
          .outputs = std::move(outputs),
          .responses = std::move(responses),
          .open_deadline = 2s};
}

void check_refused(std::string_view field, std::string_view told, const OpenOptions& options) {
  test::check_refused(field, told, [&] { (void)ContentStore::open(options); });
}

}  // namespace

TEST_CASE("an unknown scheme is refused and the known ones are named") {
  const test::TemporaryFolder folder;
  const std::string good = folder.sqlite_url();
  check_refused("metadata", "postgresql://", urls("oracle://db/a", good));
  check_refused("metadata", "sqlite:path", urls("memory:", good));
  check_refused("metadata", "sqlite:path", urls("/a/path", good));
  check_refused("outputs", "mongodb://", urls(good, "redis://db"));
  check_refused("outputs", "postgresql://", urls(good, "mysql://db/a"));
  check_refused("outputs", "postgresql://", urls("mysql://db/a", "mysql://db/a"));
  check_refused("responses", "redis://", urls(good, good, "memcached://x"));
}

TEST_CASE("an unknown option is refused, not ignored, on every backend") {
  const test::TemporaryFolder folder;
  const std::string good = folder.sqlite_url();
  check_refused("metadata", "pol_size", urls("postgresql://db/a?pol_size=3", good));
  check_refused("outputs", "replicaset", urls(good, "mongodb://db/a?replicaset=rs0"));
  check_refused("outputs", "pol_size", urls(good, "postgresql://db/a?pol_size=3"));
  check_refused("responses", "timeout", urls(good, good, "redis://db?timeout=3"));
  check_refused("metadata", "cache", urls(good + "?cache=1", good));
  check_refused("responses", "known here are", urls(good, good, "memory:?x=1"));
}

TEST_CASE("TLS is refused with the reason, not ignored, on every backend") {
  const test::TemporaryFolder folder;
  const std::string good = folder.sqlite_url();
  for (const auto& options :
       {urls("postgresql://db/a?sslmode=verify-full", "mongodb://db/a"),
        urls(good, "mongodb://db/a?tls=true"), urls(good, "mongodb://db/a?ssl=true"),
        urls(good, "postgresql://db/a?sslmode=require"), urls(good, good, "rediss://db")}) {
    const Error error = error_of([&] { (void)ContentStore::open(options); });
    CHECK(error.code() == ErrorCode::unsupported);
    CHECK(std::string(error.what()).find("TLS") != std::string::npos);
  }
}

TEST_CASE("a malformed URL with a password is refused and the password not shown") {
  const test::TemporaryFolder folder;
  const std::string good = folder.sqlite_url();
  for (const auto& options :
       {urls("postgresql://app:s3cr3t@@db/a", good),
        urls("postgresql://app:s3cr3t/x@db/a", "mongodb://db/a"),
        urls(good, "postgresql://app:s3cr3t@@db/a"), urls(good, "mongodb://app:s3cr3t%zz@db/a"),
        urls(good, "mongodb://app:s3cr3t:x@db/a"), urls(good, good, "redis://:s3cr3t@h:port"),
        urls(good, good, "redis://:s3cr3t@h/notanumber")}) {
    const Error error = error_of([&] { (void)ContentStore::open(options); });
    CHECK(error.code() == ErrorCode::invalid_argument);
    CHECK(std::string(error.what()).find("s3cr3t") == std::string::npos);
  }
}

TEST_CASE("metadata that are not there are unavailable, by the deadline, with no secret shown") {
  const test::TemporaryFolder folder;
  const auto options =
      urls(std::string("postgresql://app:s3cr3t@") + nobody + "/a", folder.sqlite_url());
  const auto start = Deadline::Clock::now();
  const Error error = error_of([&] { (void)ContentStore::open(options); });
  CHECK(Deadline::Clock::now() - start < options.open_deadline + 100ms);
  CHECK((error.code() == ErrorCode::unavailable || error.code() == ErrorCode::deadline_exceeded));
  CHECK(error.retryable());
  CHECK(std::string(error.what()).find("s3cr3t") == std::string::npos);
}

TEST_CASE("an output store that is not there does not stop open, put or get of what was put") {
  const std::string scheme = GENERATE("mongodb", "postgresql");
  const test::TemporaryFolder folder;
  const auto options = urls(folder.sqlite_url(), scheme + "://app:s3cr3t@" + nobody + "/a");
  const auto start = Deadline::Clock::now();
  auto store = ContentStore::open(options);
  CHECK(Deadline::Clock::now() - start < options.open_deadline + 100ms);
  store.ensure_user(1, "Ada");
  const ContentId id = store.put({.title = "t", .model = "m", .user_id = 1});
  CHECK(store.get(id));
  CHECK(store.maintenance().outbox_status().pending == 1);
}

TEST_CASE("a response cache that is not there does not stop open, put or get") {
  const test::TemporaryFolder folder;
  const std::string good = folder.sqlite_url();
  auto store = ContentStore::open(urls(good, good, std::string("redis://") + nobody));
  store.ensure_user(1, "Ada");
  const ContentId id = store.put({.title = "t", .model = "m", .user_id = 1});
  CHECK(store.get(id));
  const Error error = error_of([&] { store.responses().set("k", "v", 1s); });
  CHECK(error.code() == ErrorCode::unavailable);
  CHECK(error.retryable());
}

TEST_CASE("a folder that does not exist, or is a file, is a clear error") {
  const test::TemporaryFolder folder;
  const std::string in_nowhere = "sqlite:" + (folder.path() / "none" / "a.db").string();
  const Error error = error_of([&] { (void)ContentStore::open({.metadata = in_nowhere}); });
  CHECK((error.code() == ErrorCode::invalid_argument || error.code() == ErrorCode::access_denied ||
         error.code() == ErrorCode::unavailable));
  const Error folder_error =
      error_of([&] { (void)ContentStore::open({.metadata = "sqlite:" + folder.path().string()}); });
  CHECK(folder_error.code() == ErrorCode::invalid_argument);
}
