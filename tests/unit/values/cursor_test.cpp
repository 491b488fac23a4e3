#include "values/cursor.hpp"

#include "support/errors.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace polystore;

TEST_CASE("a cursor gives back its place, also before 1970") {
  for (const std::int64_t milliseconds :
       {std::int64_t{-1}, std::int64_t{0}, std::int64_t{1'700'000'000'123}}) {
    const auto id = ContentId::generate();
    const Timestamp time{std::chrono::milliseconds(milliseconds)};
    const auto position = values::decode_cursor(values::encode_cursor(time, id));
    CHECK(position.generated_at == time);
    CHECK(position.id == id);
  }
}

TEST_CASE("a text that is no cursor is refused") {
  for (const char* text : {"", "1", "1.", "x.017f22e2-79b0-7cc3-98c4-dc0c0c07398f",
                           "1 .017f22e2-79b0-7cc3-98c4-dc0c0c07398f", "1.017f22e2",
                           "99999999999999999999.017f22e2-79b0-7cc3-98c4-dc0c0c07398f"}) {
    INFO(text);
    test::check_refused("after", "leave it out", [&] { (void)values::decode_cursor({text}); });
  }
}
