#pragma once

#include <string>
#include <string_view>

namespace polystore::adapters::postgres {

/// The statement that makes the names of the array $1, sorted, known to `table`, models or tags.
inline std::string insert_names_into(std::string_view table) {
  // The WHERE saves the sequence, which ON CONFLICT alone would advance for names that are there.
  std::string sql = R"(
INSERT INTO {} (name)
SELECT given.name FROM unnest($1::text[]) WITH ORDINALITY AS given(name, n)
WHERE NOT EXISTS (SELECT FROM {} AS known WHERE known.name = given.name)
ORDER BY given.n
ON CONFLICT (name) DO NOTHING)";
  for (auto at = sql.find("{}"); at != std::string::npos; at = sql.find("{}")) {
    sql.replace(at, 2, table);
  }
  return sql;
}

}  // namespace polystore::adapters::postgres
