// The erasing part of MetadataTransaction.
#include "adapters/mysql/find.hpp"
#include "adapters/mysql/names.hpp"
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

my::Statement lock_models(std::span<const my::Uuid> ids) {
  my::Statement statement(
      "SELECT id, model_id FROM ai_generated_content FORCE INDEX (PRIMARY) WHERE id IN ");
  statement.uuid_list(ids).sql(" ORDER BY id FOR UPDATE");
  return statement;
}

void add_unbury(my::Script& script, std::span<const my::Uuid> ids) {
  for (const my::Uuid& id : ids) {
    my::Statement remove("DELETE t FROM polystore_tombstones AS t WHERE t.id = ");
    script.add(remove.uuid(id));
  }
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

ports::ErasedRows MetadataTransaction::erase_matching(const ports::RowFilter& filter,
                                                      std::size_t limit, Deadline deadline) {
  const auto seen =
      transaction_.run(my::Script().add(oldest_statement(filter, limit + 1)), deadline);
  auto ids = ids_of(seen.at(0));
  if (ids.empty()) return {};
  ports::ErasedRows erased{.more = ids.size() > limit};
  if (erased.more) ids.resize(limit);
  const auto uuids = sorted_uuids(std::move(ids));
  erased.ids = filter.model ? remove_of_model(*filter.model, uuids, deadline)
                            : bury_and_remove({}, uuids, deadline);
  return erased;
}

// Tombstones before the rows are locked, as in every erase; so they are taken back where a row has
// got another model since it was found.
std::vector<ContentId> MetadataTransaction::remove_of_model(const std::string& model,
                                                            std::span<const my::Uuid> ids,
                                                            Deadline deadline) {
  const NameSet names{model};
  my::Script lock;
  lock.add(select_names("models", names)).add(bury(ids)).add(lock_models(ids));
  const auto locked = transaction_.run(std::move(lock), deadline);
  NameMap models;
  read_names(locked.at(0), models);
  const auto wanted = models.find(model);
  const my::Result& rows = locked.at(2);
  std::vector<ContentId> passing;
  std::vector<ContentId> others;
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    const bool passes = wanted != models.end() && rows.int64(i, 1) == wanted->second;
    (passes ? passing : others).push_back(ContentId::from_bytes(rows.uuid(i, 0)));
  }
  const auto uuids = uuids_of(passing);
  my::Script remove;
  remove.add(select_entries(uuids));
  add_row_removals(remove, uuids);
  add_unbury(remove, uuids_of(others));
  const auto entries = numbers_of(transaction_.run(std::move(remove), deadline).at(0));
  if (!entries.empty()) transaction_.run(remove_entries(entries), deadline);
  return passing;
}

}  // namespace polystore::adapters::mysql
