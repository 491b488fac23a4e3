#pragma once

#include "polystore/content.hpp"
#include "polystore/deadline.hpp"
#include "polystore/maintenance.hpp"

#include "ports/metadata_port.hpp"
#include "ports/output_port.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace polystore::audit {

/// An id that looked wrong when the stores were read at different moments.
struct Suspect {
  ContentId id{};
  std::optional<Metadata> row{};  ///< As it was read; a version of a row never changes.
};

/// What is wrong with it indeed. Empty: nothing, or others are changing it just now.
struct Verdict {
  std::vector<Violation> violations{};
  std::optional<Content> copy{};  ///< For copy_differs: the copy.
};

/// What a read copy is worth beside its row: nothing for a good one.
std::optional<Violation> fault_of(const Metadata& row, std::span<const std::byte> copy,
                                  std::int64_t version);

/// Reads suspects again until it has seen metadata and output of one moment.
class Judge {
 public:
  static constexpr std::size_t most_suspects = 32;  ///< Of one call: it reads their outputs whole.

  Judge(ports::MetadataPort& metadata, ports::OutputPort& outputs) noexcept
      : metadata_(metadata), outputs_(outputs) {}

  /// One verdict per suspect, in order. Blocks until the deadline at most.
  /// Errors: those of either store.
  std::vector<Verdict> judge(std::span<const Suspect> suspects, Deadline deadline);

 private:
  struct Copy {
    bool damaged = false;
    std::optional<ports::StoredOutput> output{};
  };

  std::vector<Copy> read(std::span<const ContentId> ids, Deadline deadline);
  static Verdict verdict_on(const Suspect& suspect, const ports::IdFacts& facts, const Copy& copy);

  ports::MetadataPort& metadata_;
  ports::OutputPort& outputs_;
};

}  // namespace polystore::audit
