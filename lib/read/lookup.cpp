#include "read/lookup.hpp"

#include "values/cursor.hpp"
#include "values/read_copy.hpp"

#include <utility>

namespace polystore::read {
namespace {

// A copy that is missing or of another version than the row says is looked up again, since relay,
// update or erase may have come between the two reads. Where the row says the same version that
// many times, nothing came between: it is a fault.
constexpr int attempts = 3;

Error missing_output() {
  return Error({.code = ErrorCode::data_loss,
                .operation = "get",
                .message = "the metadata is there but its output is not, neither in the output "
                           "store nor in the outbox; restore the output store from a backup of the "
                           "same time as the metadata"});
}

void decode(std::span<const std::byte> copy, Found& found) {
  try {
    found.content = values::decode_read_copy(copy);
  } catch (const Error& error) {
    found.error = error;
  }
}

}  // namespace

std::vector<Found> Lookup::get(std::span<const ContentId> ids, Deadline deadline) {
  std::vector<Found> found(ids.size());
  std::vector<Open> open(ids.size());
  for (std::size_t i = 0; i < open.size(); ++i) open[i].position = i;
  try {
    while (!open.empty()) {
      get_once(ids, open, found, deadline);
      std::erase_if(open, [&](const Open& item) {
        if (item.same_version < attempts) return false;
        found[item.position].error = missing_output();
        return true;
      });
    }
  } catch (const Error& error) {
    for (const Open& item : open) found[item.position].error = error;
  }
  return found;
}

// The states, and beside them the copies, which are read while the metadata server works. No copies
// where that can't be, or fails: what is in the outbox must be found all the same. In which order
// the two are read does not matter, since a copy counts only if it has the row's version.
Lookup::States Lookup::read_states(std::span<const ContentId> ids, Copies& copies,
                                   Deadline deadline) {
  const auto reading = metadata_.start_reading_states(ids, deadline);
  if (!reading) return metadata_.read_states(ids, deadline);
  if (beside_breaker_.allows()) {
    try {
      copies = outputs_.read(ids, deadline.within(deadline.remaining() / 4));
      beside_breaker_.succeeded();
    } catch (const Error&) {
      beside_breaker_.failed();
    }
  }
  return reading->finish(deadline);
}

// Reads the items of `open`; those that are settled leave it.
void Lookup::get_once(std::span<const ContentId> ids, std::vector<Open>& open,
                      std::vector<Found>& found, Deadline deadline) {
  std::vector<ContentId> asked;
  asked.reserve(open.size());
  for (const Open& item : open) asked.push_back(ids[item.position]);
  Copies copies;
  const States states = read_states(asked, copies, deadline);

  std::vector<Open> in_outputs;
  std::vector<ContentId> output_ids;
  Copies read_beside;
  for (std::size_t k = 0; k < open.size(); ++k) {
    if (!states[k]) continue;
    if (states[k]->pending) {
      decode(*states[k]->pending, found[open[k].position]);
      continue;
    }
    const bool same = states[k]->version == open[k].version;
    in_outputs.push_back({.position = open[k].position,
                          .version = states[k]->version,
                          .same_version = same ? open[k].same_version + 1 : 1});
    output_ids.push_back(asked[k]);
    if (!copies.empty()) read_beside.push_back(std::move(copies[k]));
  }
  open = std::move(in_outputs);
  if (open.empty()) return;

  copies = read_beside.empty() ? outputs_.read(output_ids, deadline) : std::move(read_beside);
  std::vector<Open> unsettled;
  for (std::size_t k = 0; k < open.size(); ++k) {
    if (copies[k] && copies[k]->version == open[k].version) {
      decode(copies[k]->bson, found[open[k].position]);
    } else {
      unsettled.push_back(open[k]);
    }
  }
  open = std::move(unsettled);
}

Page Lookup::find(ports::FindParams params, Deadline deadline) {
  const std::size_t limit = params.limit;
  params.limit += 1;  // one more tells whether there is a next page
  Page page{.items = metadata_.find(params, deadline)};
  if (page.items.size() > limit) {
    page.items.resize(limit);
    page.next = values::encode_cursor(page.items.back().generated_at, page.items.back().id);
  }
  return page;
}

}  // namespace polystore::read
