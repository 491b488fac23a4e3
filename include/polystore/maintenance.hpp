#pragma once

#include "polystore/content_id.hpp"
#include "polystore/deadline.hpp"
#include "polystore/error.hpp"
#include "polystore/export.hpp"
#include "polystore/retention.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace polystore {

/// What one relay call did.
struct RelayReport {
  std::size_t applied = 0;  ///< Entries that the output store took.
  std::size_t retried = 0;  ///< Entries put off after a failure that may pass.
  std::size_t dead = 0;     ///< Entries given up; they are kept.
};

/// The entries that the output store must still take.
struct OutboxStatus {
  std::int64_t pending = 0;        ///< Not given up.
  std::int64_t pending_bytes = 0;  ///< Of their read copies.
  std::chrono::seconds oldest{0};  ///< Age of the oldest pending one, by the server's clock.
  std::int64_t dead = 0;           ///< Given up; kept until they are retried.
};

/// How ContentStore::start_maintenance works. Pauses are random up to the time given, so that many
/// processes do not come at once.
struct MaintenanceOptions {
  /// Between two relays; 1 ms to 24 h. It doubles up to 30 s while nothing is due, or while the
  /// metadata store fails.
  std::chrono::milliseconds relay_pause{1'000};
  /// Between two sweeps, up to 24 h; it doubles as well while sweeps fail. Zero: no sweeps.
  std::chrono::milliseconds sweep_pause{0};
  /// Rules that are applied one after the other, none of them a dry run.
  std::vector<RetentionRule> retention{};
  /// Between two times that they are; 1 ms to 24 h. It doubles up to 30 s, if it is shorter, while
  /// they meet nothing.
  std::chrono::milliseconds retention_pause{60'000};
  /// Of each relay, each sweep and all rules together, and so the longest that the store's
  /// destructor waits for it; 1 ms to 24 h.
  std::chrono::milliseconds step_deadline{10'000};
  /// Gets what made a step fail; the step is tried again after a pause. Called from the thread of
  /// the maintenance, never twice at once. It must not block for long, throw or destroy the store.
  std::function<void(const Error&)> on_error{};
};

/// An outbox entry that was given up: the output store refused it for good, or too often.
struct DeadLetter {
  enum class Operation : std::uint8_t { write, erase };

  std::int64_t sequence = 0;  ///< Names the entry.
  ContentId id{};
  std::int64_t version = 1;
  Operation operation = Operation::write;
  std::int32_t attempts = 0;
  std::uint64_t body_bytes = 0;
  std::string reason{};         ///< Backend, native code and ErrorCode of the last failure.
  std::chrono::seconds age{0};  ///< Since it was queued, by the metadata server's clock.
};

/// Which databases a store joins. Sweep and verify run only where they belong together.
struct StoreIdentity {
  std::string metadata_id{};    ///< Of the metadata database, made once.
  std::string outputs_owner{};  ///< The metadata_id that the output store has recorded.
  bool standby = false;         ///< The metadata server only follows another.
};

/// How far sweep may go. min_age is 0 or more, largest_share 0 to 1.
struct SweepOptions {
  /// Younger documents are passed over, by the metadata server's clock: only to save work, since a
  /// document is removed only after its id was claimed.
  std::chrono::milliseconds min_age = std::chrono::hours(1);
  /// Sweep refuses when more documents than both of these would go without the metadata knowing
  /// their ids: this share of what was scanned, and this number.
  double largest_share = 0.01;
  std::uint64_t always_allowed = 10;
  bool dry_run = false;              ///< Only count; neither limit applies.
  std::optional<ContentId> after{};  ///< SweepReport::next of the call that this one goes on from.
  /// Called now and then, in the calling thread, with what this call has scanned and how many
  /// documents there were in all at its start.
  std::function<void(std::uint64_t done, std::uint64_t total)> progress{};
};

struct SweepReport {
  std::uint64_t scanned = 0;  ///< Documents and bodies of the output store.
  std::uint64_t orphans = 0;  ///< Of these, documents without a metadata row, bodies of no content.
  std::uint64_t removed = 0;
  bool complete = false;            ///< All was scanned, and every orphan that stood was removed.
  std::optional<ContentId> next{};  ///< Not complete: where to go on; absent: from the start.
};

/// What verify can find.
enum class Violation : std::uint8_t {
  output_missing,   ///< I1: a row whose output is nowhere.
  output_damaged,   ///< I1: an output that can't be decoded.
  body_incomplete,  ///< I1: a body of which chunks are missing.
  output_outdated,  ///< I3: an output older than its row, with nothing queued.
  output_ahead,     ///< I3: an output newer than its row.
  copy_differs,     ///< I3: a read copy whose metadata are not the row's.
  orphan_output,    ///< I4: an output without a row.
  orphan_body,      ///< I4: a body that no content names; Finding::id is the body's.
  dead_entry,       ///< I4: an outbox entry that was given up.
  entry_of_erased,  ///< I5: a queued output of an id that was erased or has no row.
  row_of_erased,    ///< I5: a row of an id that was erased.
};
inline constexpr std::size_t violations = 11;  ///< How many kinds there are.

/// "output_missing", …
POLYSTORE_EXPORT std::string_view to_string(Violation violation) noexcept;

/// The invariant that it breaks: "I1" to "I5".
POLYSTORE_EXPORT std::string_view invariant_of(Violation violation) noexcept;

struct Finding {
  Violation violation = Violation::output_missing;
  ContentId id{};
  bool repaired = false;
  std::string text{};  ///< What is wrong and what to do; never a user's text.

  [[nodiscard]] std::string_view invariant() const noexcept { return invariant_of(violation); }
};

struct VerifyOptions {
  bool repair = false;
  std::size_t most_findings = 1000;  ///< Listed; all are counted, and repaired.
  /// Younger outputs without a row may belong to puts under way, and are passed over. 0 or more.
  std::chrono::milliseconds min_age = std::chrono::hours(1);
  /// Called now and then, in the calling thread, with how many rows and outputs were compared, and
  /// how many there were in all at the start.
  std::function<void(std::uint64_t done, std::uint64_t total)> progress{};
};

struct VerifyReport {
  // Checked:
  std::uint64_t rows = 0;
  std::uint64_t outputs = 0;
  std::uint64_t outbox_entries = 0;
  std::uint64_t tombstones = 0;

  std::array<std::uint64_t, violations> counts{};  ///< Found, by Violation; also those repaired.
  std::vector<Finding> findings{};
  bool complete = false;  ///< Everything was checked before the deadline.

  [[nodiscard]] std::uint64_t count(Violation violation) const noexcept {
    return counts[static_cast<std::size_t>(violation)];
  }
};

/// What keeps the stores in step: for an operator's tool, or step by step where start_maintenance
/// is not wanted. Several processes may do all of it at once, and every member may be repeated.
///
/// Made by ContentStore::maintenance(); valid as long as the store is neither moved from nor
/// destroyed. Threads: any. Deadline: where none is given, OpenOptions::deadline.
/// Errors: a store's own are unavailable, deadline_exceeded, overloaded, access_denied, closed,
/// schema_mismatch, data_loss and internal.
class POLYSTORE_EXPORT Maintenance {
 public:
  struct Parts;

  explicit Maintenance(Parts parts);
  Maintenance(const Maintenance&) = delete;
  Maintenance& operator=(const Maintenance&) = delete;
  ~Maintenance();

  /// Hands the output store what it missed while it was down. Blocks until it has tried every due
  /// entry, or the deadline. Errors: those of the metadata store.
  RelayReport relay(std::optional<Deadline> deadline = std::nullopt);

  /// What waits in the outbox. Errors: those of the metadata store.
  [[nodiscard]] OutboxStatus outbox_status(std::optional<Deadline> deadline = std::nullopt);

  /// Entries that were given up, by sequence, after `after_sequence`.
  /// Errors: invalid_argument when `limit` is not 1 to 1000; those of the metadata store.
  [[nodiscard]] std::vector<DeadLetter> dead_letters(
      std::int64_t after_sequence = 0, std::size_t limit = 100,
      std::optional<Deadline> deadline = std::nullopt);

  /// Makes dead letters due again, for the next relay: those named, or all. How many there were.
  /// Errors: invalid_argument for more than 1000 sequences; those of the metadata store.
  std::uint64_t retry_dead_letters(std::span<const std::int64_t> sequences = {},
                                   std::optional<Deadline> deadline = std::nullopt);

  /// Which databases this store joins; outputs that are nobody's yet are recorded as this metadata
  /// database's. Errors: those of either store.
  [[nodiscard]] StoreIdentity identity(std::optional<Deadline> deadline = std::nullopt);

  /// Removes outputs that no metadata row owns, then bodies that no content names: what puts leave
  /// that died or failed half-way. Each id is claimed in the metadata first, so that no put of it
  /// can succeed afterwards: a put of a body must be done within SweepOptions::min_age. Scans for
  /// half of its time at most; what is left then is for a call with SweepReport::next. Errors:
  /// conflict when it refuses to run, with nothing removed: against a standby, another metadata
  /// database than the outputs belong to, or one without any row, or when too much would go
  /// (SweepOptions); invalid_argument (a field of the options); those of either store, after which
  /// some may be removed. A retry is safe.
  SweepReport sweep(const SweepOptions& options = {},
                    std::optional<Deadline> deadline = std::nullopt);

  /// Compares metadata, outputs, outbox and tombstones, while others may write. Reports what
  /// breaks an invariant; whatever looks wrong is read again first. Repairs, when asked to: removes
  /// orphans as sweep does, rewrites differing copies, retries dead entries, drops entries of
  /// erased ids. What is missing or damaged can't be repaired.
  /// Ends at the deadline with what it has. Errors: conflict as sweep's, but for the limits;
  /// invalid_argument ("min_age"); those of either store. A retry is safe.
  VerifyReport verify(const VerifyOptions& options = {},
                      std::optional<Deadline> deadline = std::nullopt);

  /// Erases the contents that a rule meets, as ContentStore::erase does, oldest first, in a
  /// transaction for each batch. Where time or a server fails after a batch was done, it returns
  /// with complete == false: what is erased stays so, and the next call goes on. Cached answers end
  /// by their own time.
  /// Errors, when nothing was done: invalid_argument (a field of the rule, "rule" when nothing is
  /// given); those of the metadata store. A retry is safe.
  RetentionReport apply_retention(const RetentionRule& rule,
                                  std::optional<Deadline> deadline = std::nullopt);

  /// Looks for what may be left of an erased user: in metadata, outbox, outputs, bodies and
  /// vectors, all but the first from end to end. Run relay before, and sweep where puts of the user
  /// may have been under way. Ends at the deadline with what it has. docs/maintenance.md says what
  /// it can't see. Errors: invalid_argument ("user_id" not positive); conflict as sweep's, but for
  /// the limits; those of the stores. A retry is safe.
  [[nodiscard]] ErasureProof prove_erased(std::int64_t user_id,
                                          std::optional<Deadline> deadline = std::nullopt);

 private:
  std::unique_ptr<const Parts> parts_;
};

}  // namespace polystore
