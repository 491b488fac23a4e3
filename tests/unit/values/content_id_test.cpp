#include "polystore/content_id.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <set>
#include <thread>

using polystore::ContentId;
using namespace std::chrono_literals;

TEST_CASE("an id is a UUID of version 7 that carries its time") {
  const auto before = std::chrono::system_clock::now();
  const auto id = ContentId::generate();
  const auto& bytes = id.bytes();
  CHECK((bytes[6] >> 4) == 7);
  CHECK((bytes[8] >> 6) == 2);
  std::int64_t milliseconds = 0;
  for (std::size_t i = 0; i < 6; ++i) milliseconds = milliseconds * 256 + bytes[i];
  const auto made =
      std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(milliseconds));
  CHECK(made >= before - 1ms);
  CHECK(made <= std::chrono::system_clock::now());
}

TEST_CASE("ids do not repeat, and later ones sort later") {
  std::set<ContentId> ids;
  for (int i = 0; i < 10'000; ++i) ids.insert(ContentId::generate());
  CHECK(ids.size() == 10'000);
  const auto first = ContentId::generate();
  std::this_thread::sleep_for(2ms);
  CHECK(first < ContentId::generate());
}

TEST_CASE("an id survives its text form") {
  const auto id = ContentId::generate();
  CHECK(ContentId::parse(id.to_string()) == id);
  const auto known = ContentId::parse("017F22E2-79B0-7CC3-98C4-DC0C0C07398F");
  REQUIRE(known);
  CHECK(known->to_string() == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
  CHECK(ContentId().is_nil());
}

TEST_CASE("what is not a UUID is not an id") {
  for (const char* text :
       {"", "017f22e2", "017f22e279b07cc398c4dc0c0c07398f", "017f22e2-79b0-7cc3-98c4-dc0c0c07398g",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398f0", "017f22e2x79b0-7cc3-98c4-dc0c0c07398f"}) {
    INFO(text);
    CHECK_FALSE(ContentId::parse(text));
  }
}
