#include "audit/stray_bodies.hpp"

#include "polystore/error.hpp"

#include "ports/ownership.hpp"
#include "values/id_time.hpp"
#include "values/read_copy.hpp"

#include <algorithm>
#include <string>

namespace polystore::audit {
namespace {

constexpr std::size_t headers_at_once = 1000;
// A removal takes the chunks of some bodies, each up to a gigabyte.
constexpr std::size_t bodies_at_once = 10;

}  // namespace

std::vector<StrayBody> StrayBodies::find(std::chrono::milliseconds min_age, Timestamp now,
                                         Deadline deadline) {
  std::vector<StrayBody> strays;
  scanned_ = 0;
  for (ContentId after;;) {
    auto page = outputs_.bodies().scan(after, headers_at_once, deadline);
    if (page.empty()) return strays;
    after = page.back().body;
    scanned_ += page.size();
    std::erase_if(page, [&](const ports::BodyHeader& header) {
      return values::is_younger(header.body, min_age, now);
    });
    look_at(page, deadline, strays);
  }
}

void StrayBodies::look_at(std::span<const ports::BodyHeader> headers, Deadline deadline,
                          std::vector<StrayBody>& strays) {
  if (headers.empty()) return;
  std::vector<ContentId> contents;
  for (const auto& header : headers) contents.push_back(header.content);
  const auto facts = metadata_.look_up(contents, deadline);
  const auto named = named_by(contents, deadline);
  for (std::size_t i = 0; i < headers.size(); ++i) {
    // What names it may be on its way to the output store, or what named it to be erased there.
    if (facts[i].write_queued || facts[i].erase_queued) continue;
    if (facts[i].version && (named.contains(headers[i].body) || is_named(headers[i], deadline))) {
      continue;
    }
    // An id that has a row is not given out again, so that a body which the row does not name is
    // as good as claimed.
    strays.push_back({.body = headers[i].body,
                      .content = headers[i].content,
                      .claimed = facts[i].buried || facts[i].version});
  }
}

// The bodies that the contents' copies name, as far as these can be read: all but few of them.
std::set<ContentId> StrayBodies::named_by(std::span<const ContentId> contents,
                                          Deadline deadline) const {
  std::set<ContentId> named;
  for (const auto& copy : outputs_.find_attached(contents, deadline)) {
    try {
      if (const auto body = values::body_of_read_copy(copy.bson)) named.insert(body->id);
    } catch (const Error&) {  // damaged
    }
  }
  return named;
}

// Whether the content that has a row names this body; in doubt it does. Reads the copy whole.
bool StrayBodies::is_named(const ports::BodyHeader& header, Deadline deadline) const {
  try {
    const auto copy = outputs_.read({&header.content, 1}, deadline).front();
    if (!copy) return true;  // lost: verify says so, and its body may be all that is left
    const auto body = values::body_of_read_copy(copy->bson);
    return body && body->id == header.body;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::data_loss) throw;
    return true;
  }
}

void StrayBodies::sweep(const SweepOptions& options, Deadline deadline, SweepReport& report) {
  const auto identity = ports::check_ownership(metadata_, outputs_, "sweep", deadline);
  const auto strays = find(options.min_age, identity.now, deadline);
  report.scanned += scanned_;
  report.orphans += strays.size();
  if (options.dry_run || strays.empty()) return;
  const auto unknown = std::ranges::count(strays, false, &StrayBody::claimed);
  ports::check_few_unknown(
      metadata_, options,
      {.what = "bodies", .count = static_cast<std::uint64_t>(unknown), .scanned = scanned_},
      deadline);
  remove(strays, deadline, report);
}

void StrayBodies::remove(std::span<const StrayBody> strays, Deadline deadline,
                         SweepReport& report) {
  for (; !strays.empty(); strays = strays.subspan(std::min(strays.size(), bodies_at_once))) {
    if (deadline.expired()) {
      report.complete = false;  // they are found again
      return;
    }
    std::vector<ContentId> bodies;
    std::vector<ContentId> to_claim;
    std::vector<ContentId> unclaimed;
    for (const StrayBody& stray : strays.first(std::min(strays.size(), bodies_at_once))) {
      (stray.claimed ? bodies : unclaimed).push_back(stray.body);
      if (!stray.claimed) to_claim.push_back(stray.content);
    }
    if (!to_claim.empty()) {
      const auto without_row = metadata_.bury_unowned(to_claim, deadline);
      for (std::size_t i = 0; i < unclaimed.size(); ++i) {
        if (without_row[i]) bodies.push_back(unclaimed[i]);
      }
    }
    outputs_.bodies().erase(bodies, deadline);
    report.removed += bodies.size();
  }
}

}  // namespace polystore::audit
