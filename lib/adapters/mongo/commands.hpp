#pragma once

#include "polystore/content_id.hpp"
#include "polystore/deadline.hpp"
#include "polystore/mongo/handles.hpp"

#include "ports/output_port.hpp"

#include <span>
#include <vector>

/// The commands that this adapter sends, and what it reads out of their replies.
/// All writes are acknowledged by a majority of the servers, from their journals.
namespace polystore::adapters::mongo {

using polystore::mongo::Bson;
using DocumentRefs = std::span<const ports::OutputDocument* const>;

[[nodiscard]] Bson insert_command(DocumentRefs documents, Deadline deadline);

/// Replaces each document unless a newer version is there, which shows as a duplicate key.
[[nodiscard]] Bson replace_command(DocumentRefs documents, Deadline deadline);

[[nodiscard]] Bson delete_command(std::span<const ContentId> ids, Deadline deadline);
[[nodiscard]] Bson find_command(std::span<const ContentId> ids);
[[nodiscard]] Bson kill_cursor_command(std::int64_t cursor);
[[nodiscard]] Bson create_indexes_command(Deadline deadline);

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

}  // namespace polystore::adapters::mongo
