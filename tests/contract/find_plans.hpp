#pragma once

#include "ports/find_lists.hpp"

#include <chrono>
#include <string>
#include <vector>

/// What the tests of find's plans share: the contents they fill a database with, by plain SQL, and
/// the pages they ask for. What a page costs is counted in rows that the server looks at.
namespace polystore::test {

/// Contents 1 to filled_rows: one every three seconds has the same time as the two before. User 1
/// has two fifths, the oldest 1499 have a user, a tenant, a model, a tag and a word that no later
/// one has, a third of the later ones has no tenant, and one of 1500 has the tag and the word
/// "rare".
inline constexpr int filled_rows = 30'000;

/// Far less than filled_rows: what no page may look at more of, also where the first rows tried do
/// not fill it, and for a filter that nothing new has passed for long.
inline constexpr std::int64_t rows_allowed = 6'000;

struct FindCase {
  std::string name;
  ports::FindParams params;
  bool one_list = false;  ///< Its pages are read from one index, and alike to the row.
};

inline const Timestamp from{std::chrono::milliseconds(600'000)};
inline const Timestamp to{std::chrono::milliseconds(25'000'000)};

/// By tenant, and the other way round.
inline std::vector<FindCase> tenant_cases() {
  const Tenant acme = Tenant::named("acme");
  const Tenant old = Tenant::named("old");
  return {
      {"tenant", {.tenant = acme}, true},
      {"tenant of old", {.tenant = old}, true},
      {"tenant, since and until", {.tenant = acme, .since = from, .until = to}, true},
      {"no tenant", {.tenant = Tenant::shared()}},
      {"unknown tenant", {.tenant = Tenant::named("none")}},
      {"tenant and model", {.tenant = acme, .model = "large"}},
      {"tenant and model of old", {.tenant = acme, .model = "old"}},
      {"no tenant and model", {.tenant = Tenant::shared(), .model = "large"}},
      {"user and tenant", {.user_id = 1, .tenant = acme}},
      {"user and tenant of old", {.user_id = 1, .tenant = old}},
      {"user and no tenant", {.user_id = 1, .tenant = Tenant::shared()}},
      {"tenant and tag", {.tenant = acme, .tags = {"common"}}},
      {"tenant and rare word", {.tenant = acme, .title_words = {"rare"}}},
      {"oldest first", {.oldest_first = true}, true},
      {"user, oldest first", {.user_id = 1, .since = from, .oldest_first = true}, true},
      {"tenant, oldest first", {.tenant = acme, .until = to, .oldest_first = true}, true},
      {"tag, oldest first", {.tags = {"common"}, .oldest_first = true}, true},
      {"user and model, oldest first", {.user_id = 1, .model = "old", .oldest_first = true}},
  };
}

inline std::vector<FindCase> find_cases() {
  std::vector<FindCase> cases{
      {"all", {}, true},
      {"since and until", {.since = from, .until = to}, true},
      {"user", {.user_id = 1}, true},
      {"user of old", {.user_id = 2}, true},
      {"user, since and until", {.user_id = 1, .since = from, .until = to}, true},
      {"model", {.model = "large"}, true},
      {"model of old", {.model = "old"}, true},
      {"tag", {.tags = {"common"}}, true},
      {"tag of old", {.tags = {"old"}}, true},
      {"rare tag", {.tags = {"rare"}}},
      {"tag, since and until", {.tags = {"common"}, .since = from, .until = to}, true},
      {"word", {.title_words = {"common"}}},
      {"word of old", {.title_words = {"old"}}},
      {"rare word", {.title_words = {"rare"}}},
      {"unknown names", {.model = "none", .tags = {"none"}, .title_words = {"none"}}},
      {"user and model", {.user_id = 1, .model = "large"}},
      {"user and model of old", {.user_id = 1, .model = "old"}},
      {"user and tag", {.user_id = 1, .tags = {"common"}}},
      {"user and rare tag", {.user_id = 1, .tags = {"rare"}}},
      {"user and word of old", {.user_id = 1, .title_words = {"old"}}},
      {"user and rare word", {.user_id = 1, .title_words = {"rare"}}},
      {"two tags", {.tags = {"common", "rare"}}},
      {"two words", {.title_words = {"common", "rare"}}},
      {"tag and word", {.tags = {"common"}, .title_words = {"report"}}},
      {"tag and word of old", {.tags = {"common"}, .title_words = {"old"}}},
      {"model and rare tag", {.model = "large", .tags = {"rare"}}},
      {"all filters",
       {.user_id = 1,
        .tenant = Tenant::named("acme"),
        .model = "large",
        .tags = {"common"},
        .since = from,
        .until = to,
        .title_words = {"report"}}},
  };
  const auto others = tenant_cases();
  cases.insert(cases.end(), others.begin(), others.end());
  for (auto& one : cases) one.params.limit = 11;
  return cases;
}

/// The same page deep in the listing: among the last thousand contents.
inline ports::FindParams deep(ports::FindParams params) {
  const std::chrono::milliseconds time(params.oldest_first ? 29'100'000 : 900'000);
  params.after = ports::ListPosition{Timestamp(time), ContentId{}};
  return params;
}

}  // namespace polystore::test
