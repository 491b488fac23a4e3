#include "read/text_finder.hpp"

#include "polystore/error.hpp"
#include "polystore/limits.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace polystore::read {
namespace {

// Where copies are not of now, others are asked for; so many copies are looked at for a search.
constexpr std::size_t most_copies = 10'000;

bool passes(const Metadata& row, const ports::TextSearch& search) {
  return (!search.user_id || row.user_id == *search.user_id) &&
         (!search.tenant || row.tenant == *search.tenant) &&
         (!search.model || row.model == *search.model);
}

}  // namespace

std::vector<TextHit> TextFinder::find(ports::TextSearch search, Deadline deadline) {
  ports::TextPort* texts = outputs_.texts();
  if (texts == nullptr) {
    throw Error({.code = ErrorCode::unsupported,
                 .operation = "search",
                 .message = "the store was opened without an index of words; set "
                            "OpenOptions::text_search, or POLYSTORE_TEXT_SEARCH=1"});
  }
  std::vector<TextHit> hits;
  const std::size_t wanted = search.limit;
  while (search.skip < most_copies) {
    const auto copies = texts->search(search, deadline);
    keep_current(copies, search, hits, deadline);
    if (copies.size() < search.limit || hits.size() >= wanted) break;
    search.skip += copies.size();
    search.limit = std::min(4 * search.limit, limits::items_per_batch);
  }
  if (hits.size() > wanted) hits.resize(wanted);
  return hits;
}

void TextFinder::keep_current(const std::vector<ports::FoundText>& copies,
                              const ports::TextSearch& search, std::vector<TextHit>& hits,
                              Deadline deadline) {
  std::vector<ContentId> ids;
  ids.reserve(copies.size());
  for (const auto& copy : copies) ids.push_back(copy.id);
  std::unordered_map<ContentId, Metadata> rows;
  for (auto& row : metadata_.read_rows(ids, deadline)) rows.emplace(row.id, std::move(row));
  for (const auto& copy : copies) {
    const auto row = rows.find(copy.id);
    // Of another version, the words may be gone. One that was found before came again because
    // something was put in between.
    if (row == rows.end() || row->second.version != copy.version || !passes(row->second, search)) {
      continue;
    }
    const auto same = [&](const TextHit& hit) { return hit.metadata.id == copy.id; };
    if (search.skip > 0 && std::ranges::any_of(hits, same)) continue;
    hits.push_back({.metadata = std::move(row->second), .score = copy.score});
    rows.erase(row);
  }
}

}  // namespace polystore::read
