#include "ports/find_lists.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cstdint>
#include <vector>

using namespace polystore;
using namespace polystore::ports;

namespace {

// Lists of which each row `one_in`th passes the other filters.
struct Lists {
  std::size_t one_in = 1;
  std::vector<std::int64_t> lengths{};
  FindParams params{.user_id = 1, .model = "model", .limit = 50};
  std::size_t rows = 0;  // looked at
  int counts = 0;

  std::vector<Metadata> find() {
    const auto lists = find_lists(params);
    const auto page = [&](const FindList& list, std::size_t most) {
      const auto at = static_cast<std::size_t>(&list == &lists.front() ? 0 : 1);
      std::size_t wanted = params.limit * one_in;
      wanted = std::min(wanted, static_cast<std::size_t>(lengths.at(at)));
      if (most > 0) wanted = std::min(wanted, most);
      rows += wanted;
      return std::vector<Metadata>(wanted / one_in);
    };
    const auto count = [&](std::size_t most) {
      ++counts;
      std::vector<std::int64_t> counted;
      for (const auto length : lengths) {
        counted.push_back(std::min(length, static_cast<std::int64_t>(most)));
        rows += static_cast<std::size_t>(counted.back());
      }
      return counted;
    };
    return find_in_lists(params, lists, page, count);
  }
};

}  // namespace

TEST_CASE("a page that the first rows fill looks at no more") {
  Lists lists{.one_in = 10, .lengths = {100'000, 50'000}};
  CHECK(lists.find().size() == 50);
  CHECK(lists.rows == 500);
  CHECK(lists.counts == 0);
}

TEST_CASE("a page that the first rows nearly fill takes some more of them") {
  Lists lists{.one_in = 25, .lengths = {100'000, 50'000}};
  CHECK(lists.find().size() == 50);
  CHECK(lists.rows == rows_tried + 1250);
  CHECK(lists.counts == 0);
}

TEST_CASE("a page that few rows pass is read from the shorter list") {
  Lists lists{.one_in = 500, .lengths = {100'000, 5'000}};
  CHECK(lists.find().size() == 10);
  CHECK(lists.counts == 2);  // up to 1000, and up to 10,000
  CHECK(lists.rows == rows_tried + 2'000 + 15'000 + 5'000);
}
