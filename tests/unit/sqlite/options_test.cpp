#include "polystore/sqlite/options.hpp"

#include "support/errors.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace polystore;
using polystore::sqlite::ConnectOptions;
using test::check_refused;

TEST_CASE("a URL names a file, relative or absolute") {
  CHECK(ConnectOptions::from_url("sqlite:a.db", "metadata").path == "a.db");
  CHECK(ConnectOptions::from_url("sqlite:./b/a.db", "metadata").path == "./b/a.db");
  CHECK(ConnectOptions::from_url("sqlite:/x/a.db", "metadata").path == "/x/a.db");
  CHECK(ConnectOptions::from_url("sqlite:///x/a.db", "metadata").path == "/x/a.db");
  CHECK(ConnectOptions::from_url("sqlite:/x/a%20%3Fb%25.db", "metadata").path == "/x/a ?b%.db");
  CHECK(ConnectOptions::from_url("sqlite:a@b:c.db", "metadata").path == "a@b:c.db");
  CHECK(ConnectOptions::from_url("sqlite:a.db?pool_size=9", "metadata").pool_size == 9);
}

TEST_CASE("a URL that names no file, or asks for what is not known, is refused") {
  for (const char* url : {"sqlite:", "sqlite://", "sqlite::memory:"}) {
    INFO(url);
    check_refused("metadata", "names no file",
                  [&] { (void)ConnectOptions::from_url(url, "metadata"); });
  }
  check_refused("metadata", "sqlite:path",
                [] { (void)ConnectOptions::from_url("a.db", "metadata"); });
  check_refused("metadata", "'mode'",
                [] { (void)ConnectOptions::from_url("sqlite:a.db?mode=ro", "metadata"); });
  check_refused("metadata", "pool_size",
                [] { (void)ConnectOptions::from_url("sqlite:a.db?pool_size=0", "metadata"); });
}
