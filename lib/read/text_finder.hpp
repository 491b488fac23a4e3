#pragma once

#include "polystore/deadline.hpp"
#include "polystore/text_query.hpp"

#include "ports/metadata_port.hpp"
#include "ports/output_port.hpp"

#include <vector>

namespace polystore::read {

/// Searches contents by their words. The output store says which copies have them, the metadata
/// whether a copy is that of a content as it is now (docs/adr/0032). Threads: any.
class TextFinder {
 public:
  TextFinder(ports::MetadataPort& metadata, ports::OutputPort& outputs) noexcept
      : metadata_(metadata), outputs_(outputs) {}

  /// Best first. Blocks until the deadline at most. Errors: unsupported when the outputs have no
  /// index of words; those of the stores.
  std::vector<TextHit> find(ports::TextSearch search, Deadline deadline);

 private:
  void keep_current(const std::vector<ports::FoundText>& copies, const ports::TextSearch& search,
                    std::vector<TextHit>& hits, Deadline deadline);

  ports::MetadataPort& metadata_;
  ports::OutputPort& outputs_;
};

}  // namespace polystore::read
