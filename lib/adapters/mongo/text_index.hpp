#pragma once

#include "polystore/deadline.hpp"

#include "adapters/mongo/command_parts.hpp"
#include "ports/output_port.hpp"

#include <cstddef>
#include <list>
#include <span>
#include <string>
#include <vector>

/// A text index over all strings of the read copies, which MongoDB keeps itself. It splits words by
/// its own rules for no language: no stems, no stop words.
///
/// A document of too many different words is refused with 400 000 of them, and can hold up the
/// whole server before that (docs/adr/0032). So the index is a partial one, and leaves out
/// documents with the mark `unsearched`, which large ones get.
namespace polystore::adapters::mongo {

inline constexpr const char* text_index_name = "polystore_words";

/// A document of more bytes is left out.
inline constexpr std::size_t most_indexed_bytes = std::size_t{1024} * 1024;

/// Marks the large documents that were stored before. For a collection without the index.
[[nodiscard]] Bson mark_large_command(Deadline deadline);

/// Makes the index.
[[nodiscard]] Bson text_index_command(Deadline deadline);

/// Finds the documents that have every word. Each word of `search.text` is looked up by itself,
/// since one $text would find documents with any of them. No word: nothing is found.
[[nodiscard]] Bson text_search_command(const ports::TextSearch& search);

/// Errors: data_loss for a reply that has not the form it must have.
[[nodiscard]] std::vector<ports::FoundText> parse_found_texts(const bson_t& reply);

/// Documents, the large ones among them with the mark if `mark`. The ones given must outlive it.
class MarkedDocuments {
 public:
  MarkedDocuments(std::span<const ports::OutputDocument> documents, bool mark);
  MarkedDocuments(const MarkedDocuments&) = delete;
  MarkedDocuments& operator=(const MarkedDocuments&) = delete;

  [[nodiscard]] std::span<const ports::OutputDocument> all() const noexcept { return all_; }

 private:
  std::span<const ports::OutputDocument> all_;
  std::vector<ports::OutputDocument> replaced_;
  std::list<std::vector<std::byte>> marked_;
};

}  // namespace polystore::adapters::mongo
