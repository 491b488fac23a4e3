#include "polystore/postgres/params.hpp"

#include "support/errors.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <limits>
#include <string>
#include <vector>

using namespace polystore;
using namespace polystore::postgres;
using namespace std::string_literals;
using std::chrono::milliseconds;

namespace {

struct Sent {
  Oid type;
  std::string bytes;

  friend bool operator==(const Sent&, const Sent&) = default;
};

Sent first(const Params& params) {
  const auto arguments = params.arguments();
  REQUIRE(arguments.values.size() == 1);
  REQUIRE(arguments.values[0] != nullptr);
  CHECK(arguments.formats[0] == 1);
  return {arguments.types[0],
          std::string(arguments.values[0], static_cast<std::size_t>(arguments.lengths[0]))};
}

}  // namespace

TEST_CASE("scalar parameters are sent big-endian with their type") {
  CHECK(first(Params().int64(-2)) == Sent{20, "\xff\xff\xff\xff\xff\xff\xff\xfe"s});
  CHECK(first(Params().int64(0x0102030405060708)) == Sent{20, "\1\2\3\4\5\6\7\10"s});
  CHECK(first(Params().boolean(true)) == Sent{16, "\1"s});
  CHECK(first(Params().float64(1.0)) == Sent{701, "\x3f\xf0\0\0\0\0\0\0"s});
  CHECK(first(Params().text("a\0b"s)) == Sent{25, "a\0b"s});
  CHECK(first(Params().text("")) == Sent{25, ""s});
  const std::vector<std::byte> bytes{std::byte{0}, std::byte{255}};
  CHECK(first(Params().bytea(bytes)) == Sent{17, "\0\xff"s});
  CHECK(first(Params().uuid({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16})) ==
        Sent{2950, "\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\20"s});
}

TEST_CASE("times count microseconds from 2000-01-01") {
  using namespace std::chrono;
  const Timestamp epoch = sys_days(year(2000) / 1 / 1);
  CHECK(first(Params().timestamptz(epoch)) == Sent{1184, "\0\0\0\0\0\0\0\0"s});
  CHECK(first(Params().timestamptz(epoch + milliseconds(1))) ==
        Sent{1184, "\0\0\0\0\0\0\x03\xe8"s});
  CHECK(first(Params().timestamptz(epoch - milliseconds(1))) ==
        Sent{1184, "\xff\xff\xff\xff\xff\xff\xfc\x18"s});
  for (const auto end :
       {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()}) {
    test::check_refused("timestamp", "range",
                        [&] { Params().timestamptz(Timestamp(milliseconds(end))); });
  }
}

TEST_CASE("NULL has a type and no value") {
  const auto arguments = Params().null(20).arguments();
  CHECK(arguments.types[0] == 20);
  CHECK(arguments.values[0] == nullptr);
}

TEST_CASE("arrays carry their dimension, element type and elements") {
  const std::vector<std::int64_t> numbers{1, -1};
  CHECK(first(Params().int64_array(numbers)) ==
        Sent{1016,
             "\0\0\0\1\0\0\0\0\0\0\0\x14\0\0\0\2\0\0\0\1"
             "\0\0\0\10\0\0\0\0\0\0\0\1\0\0\0\10\xff\xff\xff\xff\xff\xff\xff\xff"s});
  const std::vector<std::string_view> texts{"", "ab"};
  CHECK(first(Params().text_array(texts)) ==
        Sent{1009, "\0\0\0\1\0\0\0\0\0\0\0\x19\0\0\0\2\0\0\0\1\0\0\0\0\0\0\0\2ab"s});
  CHECK(first(Params().text_array({})) == Sent{1009, "\0\0\0\0\0\0\0\0\0\0\0\x19"s});
  const std::vector<double> doubles{1.0};
  CHECK(first(Params().float64_array(doubles)) ==
        Sent{1022, "\0\0\0\1\0\0\0\0\0\0\x02\xbd\0\0\0\1\0\0\0\1\0\0\0\10\x3f\xf0\0\0\0\0\0\0"s});
}

TEST_CASE("a statement's values are bounded, one 16 MiB value and more fits") {
  const std::vector<std::byte> large(std::size_t{16} << 20);
  Params params;
  for (int i = 0; i < 3; ++i) params.bytea(large);
  CHECK(params.size() == 3);
  params.bytea(large);
  test::check_refused("parameters", "64 MiB", [&] { params.boolean(true); });
  const std::vector<std::span<const std::byte>> bodies(4, large);
  test::check_refused("parameters", "64 MiB", [&] { Params().bytea_array(bodies); });
}

TEST_CASE("a statement has at most 65535 values") {
  Params params;
  for (std::size_t i = 0; i < Params::max_count; ++i) params.boolean(false);
  test::check_refused("parameters", "65535", [&] { params.boolean(false); });
}
