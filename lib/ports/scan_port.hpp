#pragma once

#include "polystore/content.hpp"
#include "polystore/deadline.hpp"

#include "ports/row_filter.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace polystore::ports {

/// Which metadata database this is, and what its server says of itself.
struct MetadataIdentity {
  std::string store_id{};  ///< A UUID that was made with the schema.
  bool standby = false;    ///< The server follows another: it may lack what that one has.
  Timestamp now{};         ///< By the server's clock.
};

/// What the metadata store knows of one id, all of one moment.
struct IdFacts {
  std::optional<std::int64_t> version{};  ///< Of its row, if it has one.
  bool buried = false;                    ///< It has a tombstone: it can never get a row.
  bool write_queued = false;  ///< The outbox has an output of that version; of any, without a row.
  bool erase_queued = false;

  friend bool operator==(const IdFacts&, const IdFacts&) = default;
};

/// The metadata store as a whole, for the sweeper and the verifier. Threads: all members from any.
/// Every member blocks until the deadline at most, and may be repeated.
/// Errors: unavailable, deadline_exceeded, …
class ScanPort {
 public:
  ScanPort() = default;
  ScanPort(const ScanPort&) = delete;
  ScanPort& operator=(const ScanPort&) = delete;
  virtual ~ScanPort() = default;

  virtual MetadataIdentity identity(Deadline deadline) = 0;

  /// How many rows pass.
  virtual std::uint64_t count_rows(const RowFilter& filter, Deadline deadline) = 0;

  /// Rows with an id after `after`, by id; empty at the end. At most limits::items_per_batch.
  virtual std::vector<Metadata> scan_rows(const ContentId& after, std::size_t limit,
                                          Deadline deadline) = 0;

  /// The rows of these ids, in any order. At most limits::items_per_batch ids, each once.
  virtual std::vector<Metadata> read_rows(std::span<const ContentId> ids, Deadline deadline) = 0;

  /// Tombstones by id, as scan_rows.
  virtual std::vector<ContentId> scan_tombstones(const ContentId& after, std::size_t limit,
                                                 Deadline deadline) = 0;

  /// One result per id, in order.
  virtual std::vector<IdFacts> look_up(std::span<const ContentId> ids, Deadline deadline) = 0;

  /// Leaves a tombstone for each id that has no row, so that it can never get one; waits for puts
  /// of these ids that are under way. True where there was no row. An id with a row is left alone.
  virtual std::vector<bool> bury_unowned(std::span<const ContentId> ids, Deadline deadline) = 0;
};

}  // namespace polystore::ports
