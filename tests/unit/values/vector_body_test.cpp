#include "values/vector_body.hpp"

#include "support/errors.hpp"
#include "values/vector_key.hpp"

#include <catch2/catch_test_macros.hpp>

#include <cmath>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

using namespace polystore;

namespace {

Vector sample() {
  return {.name = {.tenant = Tenant::named("t"), .id = "i"},
          .values = {1.5F, -2, 0},
          .model = "modèle",
          .tags = {"a", "b"},
          .payload = std::string("any\0bytes", 9)};
}

}  // namespace

TEST_CASE("a body gives back the vector it was made of") {
  const Vector vector = sample();
  const VectorSpace space{.name = {}, .dimensions = 3, .metric = Metric::dot};
  const auto body = values::decode_vector_body(values::encode_vector_body(vector, space));
  CHECK(body.space == space);
  CHECK(body.values == vector.values);
  CHECK(body.model == vector.model);
  CHECK(body.tags == vector.tags);
  CHECK(body.payload == vector.payload);
}

TEST_CASE("an int8 body rounds to 127ths of the largest number, and does it once") {
  Vector vector = sample();
  const VectorSpace space{
      .name = {}, .dimensions = 3, .metric = Metric::l2, .encoding = VectorEncoding::int8};
  const auto bytes = values::encode_vector_body(vector, space);
  const auto body = values::decode_vector_body(bytes);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(std::abs(body.values[i] - vector.values[i]) <= 2.0F / 127 / 2 * 1.001F);
  }
  vector.values = body.values;
  CHECK(values::encode_vector_body(vector, space) == bytes);
  vector.values = {0, 0, 1e-45F};
  CHECK(values::decode_vector_body(values::encode_vector_body(vector, space)).values.size() == 3);
}

TEST_CASE("damaged and hostile bytes are damage, never a crash") {
  const VectorSpace space{.name = {}, .dimensions = 3};
  const std::string good = values::encode_vector_body(sample(), space);
  const auto refused = [](const std::string& bytes) {
    return test::error_of([&] { (void)values::decode_vector_body(bytes); }).code() ==
           ErrorCode::data_loss;
  };
  for (std::size_t size = 0; size < good.size(); ++size) CHECK(refused(good.substr(0, size)));
  CHECK(refused(good + "x"));
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x40);
    CHECK(refused(bad));
  }
  // What the sum holds for, but no put has made.
  Vector wrong = sample();
  wrong.values = {0, 0, 0};
  CHECK(refused(values::encode_vector_body(wrong, space)));
  wrong.values = {1, 2, std::numeric_limits<float>::infinity()};
  CHECK(refused(values::encode_vector_body(wrong, space)));
  wrong.values = {};
  CHECK(refused(values::encode_vector_body(wrong, space)));
}

TEST_CASE("keys tell spaces, tenants and ids apart, and the shared tenant from one called *") {
  using values::encode_vector_key;
  const auto key = [](const Tenant& tenant, const std::string& id) {
    return encode_vector_key({.tenant = tenant, .id = id, .space = "s"});
  };
  CHECK(key(Tenant::shared(), "i") != key(Tenant::named("*"), "i"));
  CHECK(key(Tenant::named("a"), "bi") != key(Tenant::named("ab"), "i"));
  const std::string encoded = key(Tenant::named("a"), "i");
  const auto parts = values::split_vector_key(encoded);
  REQUIRE(parts);
  CHECK(parts->partition == values::partition_key("s", Tenant::named("a")));
  CHECK(parts->id == "i");
  using namespace std::literals;
  for (const auto bad : {""sv, "s"sv, "s\0=a"sv, "s\0=a\0"sv}) {
    CHECK_FALSE(values::split_vector_key(bad));
  }
}
