// The erasing part of MetadataTransaction.
#include "adapters/mysql/transaction.hpp"

#include <algorithm>
#include <iterator>

namespace polystore::adapters::mysql {
namespace {

std::vector<my::Uuid> sorted_uuids(std::vector<ContentId> ids) {
  std::ranges::sort(ids);
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return uuids_of(ids);
}

my::Statement select_rows(std::span<const my::Uuid> ids) {
  my::Statement statement("SELECT id FROM ai_generated_content WHERE id IN ");
  statement.uuid_list(ids).sql(" ORDER BY id");
  return statement;
}

// Read after the rows are locked: whoever changes a row queues an entry for it in the same
// transaction, and one that this erase waited for must not leave its entry behind. Not deleted by
// id: that locks entries in another order than by number.
my::Statement select_entries(std::span<const my::Uuid> ids) {
  my::Statement statement("SELECT seq FROM polystore_outbox WHERE id IN ");
  statement.uuid_list(ids).sql(" ORDER BY seq");
  return statement;
}

}  // namespace

std::vector<ContentId> MetadataTransaction::bury_and_remove(my::Script script,
                                                            std::span<const my::Uuid> ids,
                                                            Deadline deadline) {
  const std::size_t first = script.size();
  script.add(bury(ids)).add(lock_rows(ids)).add(select_entries(ids));
  add_row_removals(script, ids);
  const auto results = transaction_.run(std::move(script), deadline);
  const auto entries = numbers_of(results.at(first + 2));
  if (!entries.empty()) transaction_.run(remove_entries(entries), deadline);
  return ids_of(results.at(first + 1));
}

std::vector<bool> MetadataTransaction::erase(std::span<const ContentId> ids, Deadline deadline) {
  if (ids.empty()) return {};
  const auto uuids = sorted_uuids({ids.begin(), ids.end()});
  const auto seen = transaction_.run(my::Script().add(select_rows(uuids)), deadline);
  const auto known = ids_of(seen.at(0));
  // An id without a row may be one that a put has inserted and not committed: the erase waits for
  // it, so that it either sees the row or leaves its tombstone first.
  std::set<std::int64_t> buckets;
  for (const ContentId& id : ids) {
    if (!std::ranges::binary_search(known, id)) buckets.insert(id_lock(id));
  }
  my::Script script;
  if (!buckets.empty()) script.add(lock_buckets(buckets, LockMode::exclusive));
  const auto there = bury_and_remove(std::move(script), uuids, deadline);
  std::vector<bool> found;
  for (const ContentId& id : ids) found.push_back(std::ranges::binary_search(there, id));
  return found;
}

ports::ErasedOfUser MetadataTransaction::erase_user(std::int64_t user_id, std::size_t limit,
                                                    Deadline deadline) {
  // A put of the user's contents holds the user shared, by the foreign key, and comes before or
  // after this. The rows are looked for by a statement that begins when the user is locked.
  my::Statement lock("SELECT id FROM users WHERE id = ");
  lock.int64(user_id).sql(" FOR UPDATE");
  my::Statement oldest("SELECT id FROM ai_generated_content WHERE user_id = ");
  oldest.int64(user_id).sql(" ORDER BY generated_at, id LIMIT ");
  oldest.int64(static_cast<std::int64_t>(limit + 1));
  const auto seen =
      transaction_.run(my::Script().add(std::move(lock)).add(std::move(oldest)), deadline);
  if (seen.at(0).rows() == 0) return {};
  auto ids = ids_of(seen.at(1));
  const bool all = ids.size() <= limit;
  if (!all) ids.resize(limit);

  ports::ErasedOfUser erased{.user_found = true, .user_removed = all};
  if (!ids.empty()) erased.ids = bury_and_remove({}, sorted_uuids(std::move(ids)), deadline);
  if (all) {
    my::Statement remove("DELETE FROM users WHERE id = ");
    transaction_.run(my::Script().add(remove.int64(user_id)), deadline);
  }
  return erased;
}

}  // namespace polystore::adapters::mysql
