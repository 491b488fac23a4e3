#pragma once

#include "adapters/postgres/sql.hpp"
#include "ports/output_port.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace polystore::adapters::postgres {

/// What becomes of a document whose id is there already.
enum class IfPresent : std::uint8_t {
  replace_older,  ///< Replaced, unless it is newer.
  leave,
};

/// The documents that one statement stores: the first ones of those given, as many as fit, no id
/// twice; at least one. `documents` is not empty, and outlives the batch.
class OutputBatch {
 public:
  OutputBatch(std::span<const ports::OutputDocument> documents, IfPresent if_present);

  [[nodiscard]] std::size_t size() const noexcept { return documents_.size(); }

  [[nodiscard]] pq::Pipeline statement() const;

  /// What the statement's result says of each document. `outcomes` has as many elements.
  void read(const pq::Result& stored, std::span<ports::OutputOutcome> outcomes) const;

 private:
  std::span<const ports::OutputDocument> documents_;
  std::vector<std::string> searched_;  // their JSON
  IfPresent if_present_;
};

/// The statement that removes documents.
pq::Pipeline erase_outputs(std::span<const ContentId> ids);

/// The statement that finds those with an embedding or a body, for read_scanned.
pq::Pipeline find_attached_outputs(std::span<const ContentId> ids);

/// Rows of id, version and, `with_bytes`, BSON.
std::vector<ports::ScannedOutput> read_scanned(const pq::Result& rows, bool with_bytes);

}  // namespace polystore::adapters::postgres
