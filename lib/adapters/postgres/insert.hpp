#pragma once

#include "polystore/postgres/pipeline.hpp"

#include "ports/metadata_port.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace polystore::adapters::postgres {

/// The insert of one batch of rows: which statements to send, and what their results mean.
class Insert {
 public:
  /// Copies what it needs of the rows.
  explicit Insert(std::span<const ports::NewRow> rows);

  /// The statements; call it once.
  polystore::postgres::Pipeline take_statements() { return std::move(statements_); }

  /// Takes in what take_statements' gave. True when every row is settled.
  bool settle(const polystore::postgres::PipelineResults& results);

  /// Asks why the rows that are not settled were not inserted.
  [[nodiscard]] polystore::postgres::Pipeline ask_why() const;

  /// Takes in what ask_why's gave.
  void settle_rest(const polystore::postgres::PipelineResults& results);

  /// One status per row, in the order given.
  [[nodiscard]] std::vector<ports::InsertStatus> statuses() const;

 private:
  struct Row {
    ContentId id{};
    ports::ContentHash hash{};
    std::size_t position = 0;  // in the order given
    bool settled = false;
    ports::InsertStatus status = ports::InsertStatus::inserted;
  };

  void add_names(std::span<const ports::NewRow> rows);
  void add_rows(std::span<const ports::NewRow> rows);
  Row* find(const ContentId& id);

  std::vector<Row> rows_;  // by id; each id once
  std::size_t count_;      // of rows given: repeats of an id are conflicts
  polystore::postgres::Pipeline statements_;
};

}  // namespace polystore::adapters::postgres
