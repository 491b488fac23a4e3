#pragma once

#include "polystore/health.hpp"
#include "polystore/sqlite/connection.hpp"
#include "polystore/sqlite/pool.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace polystore::adapters::sqlite {

using polystore::sqlite::Connection;
using polystore::sqlite::ConnectionPool;

/// One database file of this process: one connection that writes, because SQLite has one writer at
/// a time, and several that read. Threads: any.
class Database {
 public:
  /// `text_search`: outputs are kept with an index of words (text_index.hpp).
  explicit Database(const polystore::sqlite::ConnectOptions& options, bool text_search = false)
      : path_(options.path),
        text_search_(text_search),
        writer_(polystore::sqlite::make_pool(options, 1)),
        readers_(polystore::sqlite::make_pool(options, options.pool_size)) {}

  /// Blocks until the writer is free, at most until `deadline`: a fair wait in this process, before
  /// the file's lock is asked for. Errors: as Pool::acquire and Connection::open.
  [[nodiscard]] ConnectionPool::Lease writer(Deadline deadline) {
    return writer_.acquire(deadline);
  }
  /// One that reads, in the same way. Nothing keeps it from writing but its users.
  [[nodiscard]] ConnectionPool::Lease reader(Deadline deadline) {
    return readers_.acquire(deadline);
  }

  [[nodiscard]] bool text_search() const noexcept { return text_search_; }

  /// Runs the steps that `part` of the schema has not seen yet, all in one transaction. Step n
  /// brings it to version n. Blocks until `deadline` at most. A retry is safe.
  /// Errors: schema_mismatch when the file is newer; those of Connection.
  void migrate(std::string_view part, std::span<const char* const> steps, Deadline deadline);

  /// How the file, and `part` of its schema, are: as HealthPort::check. Makes no file.
  /// With `whole_file` false it looks only at the part.
  std::vector<HealthCheck> check(std::string_view part, std::size_t latest_version, bool whole_file,
                                 Deadline deadline);

  /// Closes both pools: later calls throw `closed`. Never blocks.
  void close() noexcept {
    writer_.close();
    readers_.close();
  }

 private:
  std::string path_;
  bool text_search_;
  ConnectionPool writer_;
  ConnectionPool readers_;
};

}  // namespace polystore::adapters::sqlite
