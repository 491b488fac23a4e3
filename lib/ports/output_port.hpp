#pragma once

#include "polystore/content_id.hpp"
#include "polystore/deadline.hpp"
#include "polystore/error.hpp"

#include "ports/body_port.hpp"
#include "ports/health_port.hpp"
#include "ports/text_port.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace polystore::ports {

/// A read copy as it is stored: one complete, valid BSON document of at most
/// limits::content_bytes, whose `_id` and `version` say the same as `id` and `version`.
struct OutputDocument {
  ContentId id{};
  std::int64_t version = 1;
  std::span<const std::byte> bson{};  ///< Borrowed for the length of the call.
};

enum class OutputStatus : std::uint8_t {
  stored,          ///< Durable: the document, or the very same version of it, is there.
  superseded,      ///< A newer version is there; nothing was written.
  present,         ///< A document of this id is there; nothing was written. Of insert only.
  rejected,        ///< Will never be taken; `error` says why. Not applied.
  unacknowledged,  ///< Not known to be durable, maybe applied now or later; `error` says why.
};

struct OutputOutcome {
  OutputStatus status = OutputStatus::unacknowledged;
  std::optional<Error> error{};
};

/// A found read copy.
struct StoredOutput {
  std::int64_t version = 1;
  std::vector<std::byte> bson{};
};

/// What a scan reads next.
struct OutputScan {
  ContentId after{};  ///< Only ids after this one.
  std::size_t limit = 1000;
  bool with_copies = false;  ///< Whole, and then only as many as fit one reply (some 16 MiB).
};

/// A document as a scan finds it; it need not be one that read can give.
struct ScannedOutput {
  ContentId id{};
  std::int64_t version = 0;       ///< 0: it has none.
  std::vector<std::byte> bson{};  ///< Only with copies.
};

/// Writes read copies, by version: an older version never replaces a newer one. The same version
/// again replaces what is there, so that every call may be repeated.
class OutputWriter {
 public:
  OutputWriter() = default;
  OutputWriter(const OutputWriter&) = delete;
  OutputWriter& operator=(const OutputWriter&) = delete;
  virtual ~OutputWriter() = default;

  /// One outcome per document, in order. Blocks until the deadline at most.
  /// Does not throw for what a server does: the outcomes say it.
  virtual std::vector<OutputOutcome> write(std::span<const OutputDocument> documents,
                                           Deadline deadline) = 0;

  /// Removes the documents that are there. Blocks until the deadline at most. Repeatable.
  /// Errors: as the backend classifies; after one, some may be gone.
  virtual void erase(std::span<const ContentId> ids, Deadline deadline) = 0;

  /// Those of the documents that have an embedding or a body (values/read_copy.hpp); of their BSON
  /// at least what names the embedding, and the whole `body`. Blocks until the deadline at most.
  /// Repeatable.
  virtual std::vector<ScannedOutput> find_attached(std::span<const ContentId> ids,
                                                   Deadline deadline) = 0;
};

/// Keeps the read copies. Threads: all members from any.
class OutputPort : public OutputWriter, public HealthPort {
 public:
  /// As write, but leaves alone what is there already, whatever its version.
  virtual std::vector<OutputOutcome> insert(std::span<const OutputDocument> documents,
                                            Deadline deadline) = 0;

  /// One result per id, in order; nothing where there is no document. Reads what was last
  /// acknowledged (from the primary). Blocks until the deadline at most. Repeatable.
  /// Errors: unavailable, deadline_exceeded, data_loss for a damaged document, …
  virtual std::vector<std::optional<StoredOutput>> read(std::span<const ContentId> ids,
                                                        Deadline deadline) = 0;

  /// Documents by id; empty at the end. Of documents that others keep among ours, only those with a
  /// UUID for a key are seen. Reads as read() does. Blocks until the deadline at most. Repeatable.
  virtual std::vector<ScannedOutput> scan(const OutputScan& scan, Deadline deadline) = 0;

  /// About how many documents there are.
  virtual std::uint64_t count(Deadline deadline) = 0;

  /// Keeps the bodies of these outputs. Lives as long as this.
  virtual BodyPort& bodies() noexcept = 0;

  /// Records which metadata store these outputs belong to, if that is not recorded yet. What is
  /// recorded then. Blocks until the deadline at most. Repeatable.
  virtual std::string claim_for(const std::string& store_id, Deadline deadline) = 0;

  /// What searches the documents; null where it was opened without an index of their words. Valid
  /// as long as this.
  virtual TextPort* texts() noexcept { return nullptr; }

  /// Creates what the backend needs (collection, indexes, tables), for bodies too; idempotent; many
  /// processes may call it at once. Errors: schema_mismatch for a newer schema, unavailable,
  /// access_denied, …
  virtual void migrate(Deadline deadline) = 0;

  /// Ends sessions. Later calls throw `closed`. Never blocks for long, never throws.
  virtual void close() noexcept = 0;
};

}  // namespace polystore::ports
