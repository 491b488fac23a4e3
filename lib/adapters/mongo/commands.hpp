#pragma once

#include "polystore/content_id.hpp"
#include "polystore/deadline.hpp"
#include "polystore/mongo/handles.hpp"

#include "ports/output_port.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

/// The commands that this adapter sends, and what it reads out of their replies.
/// All writes are acknowledged by a majority of the servers, from their journals.
namespace polystore::adapters::mongo {

using polystore::mongo::Bson;
using DocumentRefs = std::span<const ports::OutputDocument* const>;

[[nodiscard]] Bson insert_command(DocumentRefs documents, Deadline deadline);

/// Replaces each document unless a newer version is there, which shows as a duplicate key.
[[nodiscard]] Bson replace_command(DocumentRefs documents, Deadline deadline);

[[nodiscard]] Bson find_command(std::span<const ContentId> ids);
/// Finds those with an embedding or a body, without their outputs and numbers.
[[nodiscard]] Bson find_attached_command(std::span<const ContentId> ids);
[[nodiscard]] Bson scan_command(const ports::OutputScan& scan);
[[nodiscard]] Bson count_command();

/// Reads who owns the outputs.
[[nodiscard]] Bson owner_command();
/// Records the owner of the outputs unless there is one, and gives back the one there is then.
[[nodiscard]] Bson claim_command(const std::string& store_id, Deadline deadline);
[[nodiscard]] Bson kill_cursor_command(std::int64_t cursor);

/// Changes nothing, but is acknowledged as every write of this adapter.
[[nodiscard]] Bson empty_write_command(Deadline deadline);

/// One batch of a find.
struct FoundBatch {
  struct Item {
    ContentId id{};
    ports::StoredOutput output{};
  };
  std::vector<Item> items{};
  std::int64_t cursor = 0;  ///< Not 0: there is more than fitted.
};

/// Errors: data_loss for a reply or a document that has not the form it must have.
[[nodiscard]] FoundBatch parse_found(const bson_t& reply);

/// The same for replies to the other commands. A document without a version is no error here.
[[nodiscard]] std::vector<ports::ScannedOutput> parse_scan(const bson_t& reply, bool with_copies);
[[nodiscard]] std::uint64_t parse_count(const bson_t& reply);
[[nodiscard]] std::optional<std::string> parse_owner_found(const bson_t& reply);
[[nodiscard]] std::string parse_claim(const bson_t& reply);

}  // namespace polystore::adapters::mongo
