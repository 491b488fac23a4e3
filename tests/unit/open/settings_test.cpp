#include "open/settings.hpp"

#include "support/environment.hpp"
#include "support/errors.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace polystore;
using open::resolve_settings;
using test::check_refused;
using test::ScopedVariable;
using namespace std::chrono_literals;

namespace {

struct CleanEnvironment {
  ScopedVariable metadata{"POLYSTORE_METADATA_URL", std::nullopt};
  ScopedVariable outputs{"POLYSTORE_OUTPUTS_URL", std::nullopt};
  ScopedVariable responses{"POLYSTORE_RESPONSES_URL", std::nullopt};
  ScopedVariable vectors{"POLYSTORE_VECTORS_URL", std::nullopt};
  ScopedVariable text_search{"POLYSTORE_TEXT_SEARCH", std::nullopt};
  ScopedVariable home{"POLYSTORE_HOME", std::nullopt};
};

}  // namespace

TEST_CASE("with nothing given, all is embedded") {
  const CleanEnvironment clean;
  const auto settings = resolve_settings({});
  CHECK(settings.options.metadata == "sqlite:./polystore.db");
  CHECK(settings.options.responses == "memory:");
  CHECK(settings.colocated);
  const ScopedVariable home("POLYSTORE_HOME", "/data/what?/100%");
  CHECK(resolve_settings({}).options.metadata == "sqlite:/data/what%3F/100%25/polystore.db");
}

TEST_CASE("an option goes before the environment, which goes before the default") {
  const CleanEnvironment clean;
  const ScopedVariable metadata("POLYSTORE_METADATA_URL", "postgresql://env/app");
  const ScopedVariable outputs("POLYSTORE_OUTPUTS_URL", "mongodb://env/app");
  const ScopedVariable responses("POLYSTORE_RESPONSES_URL", "redis://env");
  CHECK(resolve_settings({}).options.metadata == "postgresql://env/app");
  CHECK(resolve_settings({}).options.outputs == "mongodb://env/app");
  CHECK(resolve_settings({}).options.responses == "redis://env");
  CHECK_FALSE(resolve_settings({}).colocated);
  CHECK(resolve_settings({.metadata = "sqlite:x"}).options.metadata == "sqlite:x");
}

TEST_CASE("vectors go with Redis, else with SQLite, else to memory, unless they are told") {
  const CleanEnvironment clean;
  CHECK(resolve_settings({}).options.vectors == "sqlite:./polystore.db");
  for (const std::string url : {"redis://cache", "redis+sentinel://cache?master=m"}) {
    CHECK(resolve_settings({.responses = url}).options.vectors == url);
  }
  const OpenOptions servers{.metadata = "postgresql://db/a", .outputs = "mongodb://db/a"};
  CHECK(resolve_settings(servers).options.vectors == "memory:");
  const ScopedVariable vectors("POLYSTORE_VECTORS_URL", "redis://env");
  CHECK(resolve_settings({}).options.vectors == "redis://env");
  CHECK(resolve_settings({.vectors = "memory:"}).options.vectors == "memory:");
}

TEST_CASE("half a configuration is refused, not completed with a local file") {
  const CleanEnvironment clean;
  check_refused("outputs", "is not set",
                [] { (void)resolve_settings({.metadata = "postgresql://db/a"}); });
  check_refused("metadata", "is not set",
                [] { (void)resolve_settings({.outputs = "mongodb://db/a"}); });
  const auto one_file = resolve_settings({.metadata = "sqlite:/x/y.db"});
  CHECK(one_file.options.outputs == "sqlite:/x/y.db");
  CHECK(one_file.colocated);
  CHECK_FALSE(resolve_settings({.metadata = "sqlite:a", .outputs = "sqlite:b"}).colocated);
  const std::string one = "postgresql://db/a";
  CHECK(resolve_settings({.metadata = one, .outputs = one}).colocated);
  CHECK_FALSE(resolve_settings({.metadata = one, .outputs = one + "2"}).colocated);
}

TEST_CASE("numbers out of range are refused with their name") {
  const CleanEnvironment clean;
  check_refused("deadline", "1 millisecond", [] { (void)resolve_settings({.deadline = 0ms}); });
  check_refused("response_deadline", "24 hours",
                [] { (void)resolve_settings({.response_deadline = 25h}); });
  check_refused("open_deadline", "24 hours",
                [] { (void)resolve_settings({.open_deadline = -1ms}); });
  check_refused("outbox_limit_bytes", "1 MiB",
                [] { (void)resolve_settings({.outbox_limit_bytes = 5}); });
  check_refused("outbox_limit_age", "1 second",
                [] { (void)resolve_settings({.outbox_limit_age = 0s}); });
  check_refused("memory_response_bytes", "1 MiB",
                [] { (void)resolve_settings({.memory_response_bytes = 5}); });
  check_refused("vector.index_threads", "1 to 64",
                [] { (void)resolve_settings({.vector = {.index_threads = 0}}); });
  check_refused("vector.search_width", "16 to 4096",
                [] { (void)resolve_settings({.vector = {.search_width = 15}}); });
  check_refused("vector.longest_lag", "1 second",
                [] { (void)resolve_settings({.vector = {.longest_lag = 999ms}}); });
}

TEST_CASE("an index of words is asked for by the option, or by the environment in two ways only") {
  const CleanEnvironment clean;
  CHECK_FALSE(resolve_settings({}).options.text_search);
  CHECK(resolve_settings({.text_search = true}).options.text_search);
  const ScopedVariable off("POLYSTORE_TEXT_SEARCH", "0");
  CHECK_FALSE(resolve_settings({}).options.text_search);
  CHECK(resolve_settings({.text_search = true}).options.text_search);
  const ScopedVariable on("POLYSTORE_TEXT_SEARCH", "1");
  CHECK(resolve_settings({}).options.text_search);
  const ScopedVariable neither("POLYSTORE_TEXT_SEARCH", "yes");
  check_refused("text_search", "neither 1 nor 0", [] { (void)resolve_settings({}); });
}
