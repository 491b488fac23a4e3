#pragma once

#include "polystore/content.hpp"
#include "polystore/deadline.hpp"
#include "polystore/error.hpp"
#include "polystore/query.hpp"

#include "ports/metadata_port.hpp"
#include "ports/output_port.hpp"
#include "support/breaker.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace polystore::read {

struct Found {
  std::optional<Content> content{};  ///< Absent with no error: no such content.
  std::optional<Error> error{};
};

/// Reads contents and lists them. The metadata store says what exists; its outbox is newer than the
/// output store (docs/adr/0004). Both are asked at once where that works. Threads: any.
class Lookup {
 public:
  Lookup(ports::MetadataPort& metadata, ports::OutputPort& outputs) noexcept
      : metadata_(metadata), outputs_(outputs) {}

  /// One result per id, in order. Blocks until the deadline at most. A server's failure is in the
  /// results.
  std::vector<Found> get(std::span<const ContentId> ids, Deadline deadline);

  /// Blocks until the deadline at most. Errors: those of the metadata store.
  Page find(ports::FindParams params, Deadline deadline);

 private:
  // An item that has no result yet.
  struct Open {
    std::size_t position = 0;
    std::int64_t version = 0;  // that its row had last time; 0: not read yet
    int same_version = 0;      // how often it had that one, one time after the other
  };

  using States = std::vector<std::optional<ports::RowState>>;
  using Copies = std::vector<std::optional<ports::StoredOutput>>;

  [[nodiscard]] States read_states(std::span<const ContentId> ids, Copies& copies,
                                   Deadline deadline);
  void get_once(std::span<const ContentId> ids, std::vector<Open>& open, std::vector<Found>& found,
                Deadline deadline);

  ports::MetadataPort& metadata_;
  ports::OutputPort& outputs_;
  support::Breaker beside_breaker_{std::chrono::milliseconds(500)};
};

}  // namespace polystore::read
