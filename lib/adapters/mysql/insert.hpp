#pragma once

#include "adapters/mysql/names.hpp"
#include "adapters/mysql/sql.hpp"
#include "ports/metadata_port.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace polystore::adapters::mysql {

/// The insert of one batch of rows: which statements to send, and what their results mean. First
/// all rows are inserted in good faith. Where the server refuses one, for it is there already or
/// what it refers to is not, the transaction begins anew: what stands against each row is read
/// under locks, and the others are inserted.
class Insert {
 public:
  /// Copies the rows.
  explicit Insert(std::span<const ports::NewRow> rows);

  /// The names that the rows refer to; valid as long as this object.
  [[nodiscard]] NameSet models() const;
  [[nodiscard]] NameSet tags() const;
  void set_names(NameIds names) { names_ = std::move(names); }

  /// The statements that insert the rows which nothing is known to stand against.
  [[nodiscard]] my::Script insert_rows() const;

  /// Takes in what insert_rows' gave. The ids of rows that must go again, for they were erased.
  std::vector<my::Uuid> settle(const my::ScriptResults& results);

  /// Whether a failure of insert_rows' may be one that look_for_obstacles explains.
  [[nodiscard]] static bool may_be_explained(const Error& error);

  /// The statements that lock and read what stands against rows.
  [[nodiscard]] my::Script look_for_obstacles() const;

  /// Takes in what look_for_obstacles' gave. Whether rows are left to insert.
  /// Errors: unavailable when a model or tag is not there any more.
  bool take_obstacles(const my::ScriptResults& results);

  /// One status per row, in the order given.
  [[nodiscard]] std::vector<ports::InsertStatus> statuses() const;

 private:
  struct Row {
    ports::NewRow row;
    std::size_t position = 0;  // in the order given
    ports::InsertStatus status = ports::InsertStatus::inserted;
  };

  [[nodiscard]] std::vector<my::Uuid> ids_to_insert() const;
  [[nodiscard]] my::Statement lock_ids() const;
  void add_to(my::Script& script) const;
  Row* find(const ContentId& id);

  std::vector<Row> rows_;  // by id; each id once
  std::size_t count_;      // of rows given: repeats of an id are conflicts
  NameIds names_;
};

}  // namespace polystore::adapters::mysql
