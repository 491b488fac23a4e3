#include "adapters/mysql/names.hpp"

#include "adapters/mysql/sql.hpp"

#include <string>
#include <vector>

namespace polystore::adapters::mysql {
namespace {

void add_missing(my::Script& script, std::string_view table, const NameSet& names,
                 const NameMap& known) {
  my::Statement statement("INSERT INTO ");
  statement.sql(table).sql(" (name) VALUES ");
  bool any = false;
  for (const std::string_view name : names) {
    if (known.contains(name)) continue;
    statement.open().text(name).close();
    any = true;
  }
  if (any) script.add(std::move(statement));
}

// Whether somebody else has added a name meanwhile, or is about to.
bool was_overtaken(const Error& error) {
  const std::string& number = error.native_code();
  return number == "1062" || number == "1213";
}

NameIds look_up(my::Connection& connection, const NameSet& models, const NameSet& tags,
                Deadline deadline) {
  my::Script script;
  my::add_time_limits(script, deadline);
  script.add(select_names("models", models)).add(select_names("tags", tags));
  const auto results = connection.run(script, deadline, my::Phase::before_commit);
  NameIds known;
  read_names(results.at(1), known.models);
  read_names(results.at(2), known.tags);
  return known;
}

}  // namespace

my::Statement select_names(std::string_view table, const NameSet& names) {
  const std::vector<std::string_view> sorted(names.begin(), names.end());
  my::Statement statement("SELECT id, name FROM ");
  statement.sql(table).sql(" FORCE INDEX (name) WHERE name IN ").text_list(sorted);
  return statement;
}

void read_names(const my::Result& rows, NameMap& known) {
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    known.emplace(rows.text(i, 1), rows.int64(i, 0));
  }
}

NameIds resolve_names(my::Connection& connection, const NameSet& models, const NameSet& tags,
                      Deadline deadline) {
  constexpr int most_rounds = 20;
  for (int round = 0;; ++round) {
    NameIds known = look_up(connection, models, tags, deadline);
    my::Script missing;
    add_missing(missing, "models", models, known.models);
    add_missing(missing, "tags", tags, known.tags);
    if (missing.size() == 0) return known;
    try {
      // Whether it was committed tells the next round, or nobody minds.
      connection.run(missing, deadline, my::Phase::before_commit).check();
    } catch (const Error& error) {
      if (!was_overtaken(error) || round == most_rounds) throw;
    }
  }
}

}  // namespace polystore::adapters::mysql
