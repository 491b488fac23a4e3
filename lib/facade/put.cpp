// The putting part of ContentStore.
#include "polystore/content_store.hpp"

#include "facade/impl.hpp"
#include "facade/validate.hpp"
#include "write/plan.hpp"

#include <memory>
#include <utility>

namespace polystore {

ContentId ContentStore::put(const Draft& draft, std::optional<Deadline> deadline) {
  auto results = put_many({&draft, 1}, deadline);
  if (results.front().error) throw Error(*results.front().error);
  return *results.front().value;
}

std::vector<ItemResult<ContentId>> ContentStore::put_many(std::span<const Draft> drafts,
                                                          std::optional<Deadline> deadline) {
  Impl& impl = live();
  facade::check_batch("put_many", drafts.size());
  const Deadline end = impl.deadline_or_standard(deadline);
  const Timestamp now = impl.parts.clock->system_now();
  std::vector<ItemResult<ContentId>> results(drafts.size());
  std::vector<write::PlannedPut> plans;
  std::vector<std::size_t> positions;
  plans.reserve(drafts.size());
  for (std::size_t i = 0; i < drafts.size(); ++i) {
    try {
      plans.push_back(write::plan_put(facade::checked_draft(drafts[i]), now));
      positions.push_back(i);
      results[i].value = plans.back().row.metadata.id;
    } catch (const Error& error) {
      results[i].error = error;
    }
  }
  auto errors = impl.lanes.put(std::move(plans), end);
  for (std::size_t k = 0; k < errors.size(); ++k) {
    if (!errors[k]) continue;
    results[positions[k]] = {.error = std::move(errors[k])};
  }
  return results;
}

void ContentStore::put_async(const Draft& draft, PutCallback done,
                             std::optional<Deadline> deadline) {
  Impl& impl = live();
  const Deadline end = impl.deadline_or_standard(deadline);
  auto plan = write::plan_put(facade::checked_draft(draft), impl.parts.clock->system_now());
  const ContentId id = plan.row.metadata.id;
  impl.lanes.submit(std::move(plan), end,
                    [id, done = std::move(done)](const std::optional<Error>& error) {
                      if (error) {
                        done({.error = error});
                      } else {
                        done({.value = id});
                      }
                    });
}

std::future<ContentId> ContentStore::put_async(const Draft& draft,
                                               std::optional<Deadline> deadline) {
  auto promise = std::make_shared<std::promise<ContentId>>();
  auto future = promise->get_future();
  put_async(
      draft,
      [promise](const ItemResult<ContentId>& result) {
        if (result.error) {
          promise->set_exception(std::make_exception_ptr(Error(*result.error)));
        } else {
          promise->set_value(*result.value);
        }
      },
      deadline);
  return future;
}

}  // namespace polystore
