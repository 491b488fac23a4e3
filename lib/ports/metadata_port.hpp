#pragma once

#include "polystore/cache_key.hpp"
#include "polystore/content.hpp"
#include "polystore/deadline.hpp"
#include "polystore/error.hpp"

#include "ports/epoch_port.hpp"
#include "ports/health_port.hpp"
#include "ports/outbox_port.hpp"
#include "ports/output_port.hpp"
#include "ports/row_filter.hpp"
#include "ports/row_update.hpp"
#include "ports/scan_port.hpp"
#include "ports/user_erase.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace polystore::ports {

using ContentHash = std::array<std::uint8_t, 32>;

/// A row to insert. All of it is validated: text is UTF-8 without NUL and within limits, tags are
/// sorted and unique.
struct NewRow {
  Metadata metadata{};
  ContentHash hash{};                      ///< Of what the caller put; tells a repeat from a clash.
  std::vector<std::string> title_words{};  ///< Case-folded, sorted, unique: what find matches.
};

enum class InsertStatus : std::uint8_t {
  inserted,      ///< Will be there after commit.
  duplicate,     ///< The same id with the same hash is there already, committed.
  conflict,      ///< The id is taken by other content. Also: a second row of one id in this call.
  erased,        ///< The id was erased; it is never used again.
  unknown_user,  ///< No such user.
};

/// One transaction on the metadata store. It may stay open while outputs are written elsewhere.
/// Destroying it without commit rolls back, silently and bounded. One thread at a time.
/// Any member that throws leaves it good for nothing but destruction, with nothing applied (but see
/// commit).
class MetadataTransaction {
 public:
  MetadataTransaction() = default;
  MetadataTransaction(const MetadataTransaction&) = delete;
  MetadataTransaction& operator=(const MetadataTransaction&) = delete;
  virtual ~MetadataTransaction() = default;

  /// Sends the rows without waiting for the answer where the backend can. At most
  /// limits::items_per_batch rows; called once. The rows may go when it returns.
  virtual void start_insert(std::span<const NewRow> rows, Deadline deadline) = 0;

  /// Waits for the answers: one status per row, in the order given. Rows that were not inserted
  /// leave no trace; the others may still be committed. Blocks until the deadline at most.
  /// Errors: invalid_argument, not_found or conflict when the server refused some row's data (retry
  /// the rows singly), unavailable, deadline_exceeded, …
  virtual std::vector<InsertStatus> finish_insert(Deadline deadline) = 0;

  /// Changes a row if it has the version before, and drops its outbox entries of older versions:
  /// nobody needs them any more. Waits for another transaction that changes or erases the row, so
  /// that the answer is the truth. Blocks until the deadline at most.
  virtual UpdateResult update(const RowUpdate& row, Deadline deadline) = 0;

  /// Removes rows and their outbox entries and leaves tombstones, also for ids that never were, so
  /// that a late put of them fails. True where there was a row. Blocks until the deadline at most.
  virtual std::vector<bool> erase(std::span<const ContentId> ids, Deadline deadline) = 0;

  /// Erases up to `limit` of a user's rows as erase does, oldest first, and the user with the last
  /// of them. Waits for the inserts of that user's rows that are under way; later ones wait for
  /// this transaction. Blocks until the deadline at most.
  virtual ErasedOfUser erase_user(std::int64_t user_id, std::size_t limit, Deadline deadline) = 0;

  /// Erases up to `limit` of the rows that pass as erase does, oldest first. Waits for those who
  /// change one of them, and erases it only if it passes then.
  virtual ErasedRows erase_matching(const RowFilter& filter, std::size_t limit,
                                    Deadline deadline) = 0;

  /// Adds outbox entries; they become visible with the commit. Their sequence numbers, in order.
  virtual std::vector<std::int64_t> enqueue(std::span<const OutboxEntry> entries,
                                            Deadline deadline) = 0;

  /// As EpochPort::invalidate_scope; takes effect with the commit, which should follow at once:
  /// other invalidations wait for it. Its number, which means nothing before the commit.
  virtual std::int64_t invalidate_scope(const Scope& scope, Deadline deadline) = 0;

  /// As OutboxPort::outbox_stats, with what this transaction did. Needs no second connection: who
  /// holds one and waits for another would wait for ever where all callers do.
  virtual OutboxStats outbox_stats(Deadline deadline) = 0;

  /// Makes everything durable and visible. Blocks until the deadline at most.
  /// Errors: any, those of finish_insert too (for a rule that is checked late); its outcome() says
  /// whether the transaction may have been committed.
  virtual void commit(Deadline deadline) = 0;

  /// Where outputs live in the same database: a writer whose effects belong to this transaction.
  /// Otherwise null. Valid as long as the transaction.
  virtual OutputWriter* colocated_outputs() noexcept { return nullptr; }
};

/// What the truth says about one id.
struct RowState {
  std::int64_t version = 1;
  /// The read copy that the outbox still holds for this version. It is newer than what the output
  /// store has.
  std::optional<std::vector<std::byte>> pending{};
};

/// A reading of states that is under way. Destroyed before its end it is given up.
class StatesReading {
 public:
  StatesReading() = default;
  StatesReading(const StatesReading&) = delete;
  StatesReading& operator=(const StatesReading&) = delete;
  virtual ~StatesReading() = default;

  /// As MetadataPort::read_states. Once.
  virtual std::vector<std::optional<RowState>> finish(Deadline deadline) = 0;
};

/// The place in the listing after which a page starts.
struct ListPosition {
  Timestamp generated_at{};
  ContentId id{};
};

/// A validated Query.
struct FindParams {
  std::optional<std::int64_t> user_id{};
  std::optional<Tenant> tenant{};  ///< Shared: those of no tenant.
  std::optional<std::string> model{};
  std::vector<std::string> tags{};         ///< Sorted, unique; all must be there.
  std::optional<Timestamp> since{};        ///< Inclusive.
  std::optional<Timestamp> until{};        ///< Exclusive.
  std::vector<std::string> title_words{};  ///< As in NewRow; all must be there.
  std::optional<ListPosition> after{};     ///< Only rows strictly after it.
  bool oldest_first = false;               ///< The listing the other way round.
  std::uint32_t limit = 50;                ///< At most limits::page_items + 1.
};

/// The same filters.
[[nodiscard]] inline FindParams params_of(const RowFilter& filter) {
  return {.user_id = filter.user_id,
          .tenant = filter.tenant,
          .model = filter.model,
          .until = filter.until};
}

/// What is kept about a user.
struct UserRecord {
  std::string name{};
  Timestamp created_at{};  ///< When it was made known, by the server's clock.
};

/// The truth: users, metadata, tombstones, the outbox and invalidations. Threads: all members from
/// any. Every member blocks until the deadline at most. Reads may be repeated.
class MetadataPort : public OutboxPort, public ScanPort, public EpochPort, public HealthPort {
 public:
  /// Brings the schema to this library's version; idempotent; many processes may call it at once.
  /// Errors: schema_mismatch when the database is newer.
  virtual void migrate(Deadline deadline) = 0;

  virtual std::unique_ptr<MetadataTransaction> begin(Deadline deadline) = 0;

  /// One result per id, in order; nothing for an unknown or erased id. Row and outbox are read in
  /// one snapshot.
  virtual std::vector<std::optional<RowState>> read_states(std::span<const ContentId> ids,
                                                           Deadline deadline) = 0;

  /// Begins read_states and leaves the server to it, so that something else can be done meanwhile.
  /// Null where the backend can't: call read_states then. Errors: as read_states.
  virtual std::unique_ptr<StatesReading> start_reading_states(std::span<const ContentId> /*ids*/,
                                                              Deadline /*deadline*/) {
    return nullptr;
  }

  /// Rows that pass every filter, by (generated_at, id) descending, or with oldest_first ascending.
  virtual std::vector<Metadata> find(const FindParams& params, Deadline deadline) = 0;

  /// Makes a user known. True if it was new; a known user keeps its name. Repeatable.
  virtual bool ensure_user(std::int64_t user_id, const std::string& name, Deadline deadline) = 0;

  /// Gives a user another name. False where there is no such user. Repeatable.
  virtual bool rename_user(std::int64_t user_id, const std::string& name, Deadline deadline) = 0;

  virtual std::optional<UserRecord> find_user(std::int64_t user_id, Deadline deadline) = 0;

  /// Ends sessions. Later calls throw `closed`. Never blocks for long, never throws.
  virtual void close() noexcept = 0;
};

}  // namespace polystore::ports
