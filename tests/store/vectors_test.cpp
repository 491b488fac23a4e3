// Embedding vectors as users of a store see them.
#include "polystore/polystore.hpp"

#include "store/setup.hpp"
#include "support/errors.hpp"
#include "support/patience.hpp"

#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>

#include <limits>
#include <string>
#include <vector>

using namespace polystore;
using namespace polystore::test;
using namespace std::literals;
using Catch::Approx;

namespace {

const Tenant ada = Tenant::named("ada");
const Tenant bob = Tenant::named("bob");

Vector vector_of(const std::string& id, std::vector<float> values, const Tenant& tenant = ada) {
  return {.name = {.tenant = tenant, .id = id}, .values = std::move(values)};
}

std::vector<std::string> ids(const std::vector<Neighbour>& found) {
  std::vector<std::string> ids;
  for (const auto& neighbour : found) ids.push_back(neighbour.id);
  return ids;
}

using Ids = std::vector<std::string>;
using Values = std::vector<float>;

struct Fixture {
  std::unique_ptr<StoreSetup> setup = StoreSetup::make();
  ContentStore store = ContentStore::open(setup->options());
  Vectors& vectors = store.vectors();
};

}  // namespace

TEST_CASE("a vector is stored, found, read, replaced and erased") {
  Fixture f;
  Vector vector = vector_of("a", {3, 4});
  vector.model = "minilm";
  vector.tags = {"news", "a", "news"};
  vector.payload = "\xff whatever";
  f.vectors.put(vector);
  f.vectors.put(vector_of("b", {0, 5}));
  const auto found = f.vectors.nearest(Values{4, 3}, 5, {.tenant = ada});
  CHECK(ids(found) == Ids{"a", "b"});
  CHECK(found[0].score == Approx(0.96));
  CHECK(found[1].score == Approx(0.6));
  vector.tags = {"a", "news"};
  CHECK(f.vectors.get(vector.name) == vector);
  f.vectors.put(vector_of("a", {-1, 0}));
  CHECK(ids(f.vectors.nearest(Values{4, 3}, 5, {.tenant = ada})) == Ids{"b", "a"});
  CHECK(f.vectors.erase(vector.name));
  CHECK_FALSE(f.vectors.erase(vector.name));
  CHECK_FALSE(f.vectors.get(vector.name));
  CHECK(ids(f.vectors.nearest(Values{4, 3}, 5, {.tenant = ada})) == Ids{"b"});
}

TEST_CASE("a search finds no vector of another tenant, space, model or tag") {
  Fixture f;
  f.vectors.put(vector_of("a", {1, 0}));
  f.vectors.put(vector_of("a", {0, 1}, bob));
  f.vectors.put(vector_of("s", {1, 1}, Tenant::shared()));
  Vector other = vector_of("o", {1, 0});
  other.name.space = "other";
  f.vectors.put(other);
  Vector tagged = vector_of("t", {1, 2});
  tagged.model = "m";
  tagged.tags = {"x", "y"};
  f.vectors.put(tagged);
  const auto nearest = [&](const VectorFilter& filter) {
    return ids(f.vectors.nearest(Values{1, 0}, 10, filter));
  };
  CHECK(nearest({.tenant = ada}) == Ids{"a", "t"});
  CHECK(nearest({.tenant = bob}) == Ids{"a"});
  CHECK(f.vectors.nearest(Values{1, 0}, 1, {.tenant = bob})[0].score == Approx(0).margin(1e-6));
  CHECK(nearest({.tenant = Tenant::shared()}) == Ids{"s"});
  CHECK(nearest({.tenant = Tenant::named("nobody")}).empty());
  CHECK(nearest({.tenant = ada, .space = "other"}) == Ids{"o"});
  CHECK(nearest({.tenant = ada, .space = "none"}).empty());
  CHECK(nearest({.tenant = ada, .model = "m"}) == Ids{"t"});
  CHECK(nearest({.tenant = ada, .model = ""}) == Ids{"a"});
  CHECK(nearest({.tenant = ada, .tags = {"y", "x"}}) == Ids{"t"});
  CHECK(nearest({.tenant = ada, .tags = {"x", "z"}}).empty());
}

TEST_CASE("spaces have metrics and encodings, and keep them") {
  Fixture f;
  const VectorSpace l2{.name = "l2", .dimensions = 2, .metric = Metric::l2};
  const VectorSpace dot{
      .name = "dot", .dimensions = 2, .metric = Metric::dot, .encoding = VectorEncoding::int8};
  CHECK(f.vectors.ensure_space(l2));
  CHECK_FALSE(f.vectors.ensure_space(l2));
  CHECK(f.vectors.ensure_space(dot));
  CHECK(f.vectors.space("dot") == dot);
  CHECK_FALSE(f.vectors.space("none"));
  const auto put = [&](const std::string& space, const std::string& id, std::vector<float> values) {
    Vector vector = vector_of(id, std::move(values));
    vector.name.space = space;
    f.vectors.put(vector);
  };
  for (const char* space : {"l2", "dot"}) {
    put(space, "near", {1, 1});
    put(space, "far", {10, 10});
    put(space, "zero", {0, 0});
  }
  const auto by_l2 = f.vectors.nearest(Values{1, 2}, 3, {.tenant = ada, .space = "l2"});
  CHECK(ids(by_l2) == Ids{"near", "zero", "far"});
  CHECK(by_l2[0].score == Approx(1));
  const auto by_dot = f.vectors.nearest(Values{1, 2}, 3, {.tenant = ada, .space = "dot"});
  CHECK(ids(by_dot) == Ids{"far", "near", "zero"});
  CHECK(by_dot[0].score == Approx(30).epsilon(0.01));
  CHECK(f.vectors.get({.tenant = ada, .id = "far", .space = "dot"})->values == Values{10, 10});
  VectorSpace other = l2;
  other.metric = Metric::cosine;
  const Error error = error_of([&] { f.vectors.ensure_space(other); });
  CHECK(error.code() == ErrorCode::conflict);
  CHECK(error.field() == "space");
  CHECK(ids(f.vectors.nearest(Values{1, 0}, 1, {.tenant = ada, .space = "l2"})).size() == 1);
}

TEST_CASE("vectors outlive the store, and two stores see each other's") {
  Fixture f;
  f.vectors.put(vector_of("a", {1, 0}));
  {
    ContentStore other = ContentStore::open(f.setup->options());
    CHECK(ids(other.vectors().nearest(Values{1, 0}, 5, {.tenant = ada})) == Ids{"a"});
    other.vectors().put(vector_of("b", {0, 1}));
    CHECK(becomes_true([&] {
      return f.vectors.nearest(Values{1, 0}, 5, {.tenant = ada}).size() == 2;
    }));
    CHECK(f.vectors.erase({.tenant = ada, .id = "a"}));
    CHECK(becomes_true([&] {
      return ids(other.vectors().nearest(Values{1, 0}, 5, {.tenant = ada})) == Ids{"b"};
    }));
  }
  f.store.close();
  f.store = ContentStore::open(f.setup->options());
  CHECK(ids(f.store.vectors().nearest(Values{1, 0}, 5, {.tenant = ada})) == Ids{"b"});
  CHECK(f.store.vectors().status().vectors == 1);
}

TEST_CASE("many vectors are stored at once, of several spaces and tenants") {
  Fixture f;
  std::vector<Vector> many;
  for (int i = 0; i < 1000; ++i) {
    many.push_back(vector_of(std::to_string(i), {1, static_cast<float>(i)}, i % 2 ? ada : bob));
    if (i % 10 == 0) many.back().name.space = "tens";
  }
  f.vectors.put_many(many);
  f.vectors.load();
  CHECK(f.vectors.status().vectors == 1000);
  CHECK(f.vectors.nearest(Values{1, 1}, 1000, {.tenant = ada}).size() == 500);
  CHECK(f.vectors.nearest(Values{1, 1}, 1000, {.tenant = bob, .space = "tens"}).size() == 100);
}

TEST_CASE("bad vectors are refused with the field, and nothing of them is stored") {
  Fixture f;
  f.vectors.put(vector_of("good", {1, 0}));
  const auto put = [&](auto change) {
    Vector vector = vector_of("bad", {1, 2});
    change(vector);
    f.vectors.put(vector);
  };
  const float nan = std::numeric_limits<float>::quiet_NaN();
  check_refused("values", "the space has 2", [&] { put([](Vector& v) { v.values = {1, 2, 3}; }); });
  check_refused("values", "not finite", [&] { put([&](Vector& v) { v.values = {1, nan}; }); });
  check_refused("values", "1e15", [&] { put([&](Vector& v) { v.values = {1, 1e16F}; }); });
  check_refused("values", "no direction", [&] { put([](Vector& v) { v.values = {0, 0}; }); });
  check_refused("values", "1 to 8192", [&] { put([](Vector& v) { v.values = {}; }); });
  check_refused("id", "empty", [&] { put([](Vector& v) { v.name.id = ""; }); });
  check_refused("id", "256 bytes", [&] { put([](Vector& v) { v.name.id.assign(256, 'i'); }); });
  check_refused("tenant", "empty",
                [&] { put([](Vector& v) { v.name.tenant = Tenant::named(""); }); });
  check_refused("space", "1 to 64", [&] { put([](Vector& v) { v.name.space = "a b"; }); });
  check_refused("model", "255", [&] { put([](Vector& v) { v.model.assign(256, 'm'); }); });
  check_refused("payload", "65536", [&] { put([](Vector& v) { v.payload.assign(65537, 'p'); }); });
  check_refused("tags", "UTF-8", [&] { put([](Vector& v) { v.tags = {"\xff"}; }); });
  const std::vector<Vector> two{vector_of("x", {1, 1}), vector_of("", {1, 1})};
  check_refused("vectors[1].id", "empty", [&] { f.vectors.put_many(two); });
  check_refused("items", "1000", [&] { f.vectors.put_many(std::vector<Vector>(1001, two[0])); });
  check_refused("dimensions", "1 to 8192", [&] { f.vectors.ensure_space({.name = "n"}); });
  CHECK(ids(f.vectors.nearest(Values{1, 0}, 10, {.tenant = ada})) == Ids{"good"});
}

TEST_CASE("bad searches are refused with the field") {
  Fixture f;
  f.vectors.put(vector_of("good", {1, 0}));
  const auto search = [&](const Values& query, std::size_t k = 1) {
    (void)f.vectors.nearest(query, k, {.tenant = ada});
  };
  check_refused("query", "the space has 2", [&] { search({1}); });
  check_refused("query", "no direction", [&] { search({0, 0}); });
  check_refused("query", "not finite", [&] {
    search({std::numeric_limits<float>::infinity(), 0});
  });
  check_refused("k", "1 to 1000", [&] { search({1, 0}, 0); });
  check_refused("k", "1 to 1000", [&] { search({1, 0}, 1001); });
}

TEST_CASE("the vectors of a closed store say so") {
  Fixture f;
  f.vectors.put(vector_of("a", {1, 0}));
  f.store.close();
  CHECK(error_of([&] { f.vectors.put(vector_of("a", {1, 0})); }).code() == ErrorCode::closed);
  CHECK(error_of([&] {
          (void)f.vectors.nearest(Values{1, 0}, 1, {.tenant = ada});
        }).code() == ErrorCode::closed);
  CHECK_FALSE(f.vectors.status().loaded);
}
