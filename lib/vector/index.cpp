#include "vector/index.hpp"

#include "polystore/error.hpp"

#include "values/vector_body.hpp"
#include "values/vector_key.hpp"

#include <algorithm>
#include <exception>
#include <optional>

namespace polystore::vector {

Index::Index(std::size_t threads) : threads_(threads), worker_([this] { work(); }) {}

Index::~Index() {
  stop_ = true;
  {
    const std::lock_guard lock(work_mutex_);
    to_do_.clear();
  }
  work_there_.notify_all();
  worker_.join();
}

std::shared_ptr<Partition> Index::find(std::string_view partition) const {
  const std::shared_lock lock(partitions_mutex_);
  const auto found = partitions_.find(partition);
  return found == partitions_.end() ? nullptr : found->second;
}

// Null when there is one whose vectors are of another kind.
std::shared_ptr<Partition> Index::find_or_make(std::string_view partition,
                                               const VectorSpace& space) {
  auto found = find(partition);
  if (!found) {
    auto made = std::make_shared<Partition>(space);
    const std::lock_guard lock(partitions_mutex_);
    found = partitions_.try_emplace(std::string(partition), std::move(made)).first->second;
  }
  VectorSpace nameless = found->space();
  nameless.name = space.name;
  return nameless == space ? found : nullptr;
}

void Index::put(const ports::StoredVector& stored) {
  const auto key = values::split_vector_key(stored.key);
  if (!key) return;
  std::optional<values::VectorBody> body;
  try {
    body = values::decode_vector_body(stored.body);
  } catch (const Error&) {
    return;
  }
  const auto partition = find_or_make(key->partition, body->space);
  if (!partition) return;
  partition->put({.id = key->id,
                  .version = stored.version,
                  .values = body->values,
                  .model = body->model,
                  .tags = body->tags});
  changed(partition);
}

void Index::erase(std::string_view key, std::int64_t version) {
  const auto parts = values::split_vector_key(key);
  if (!parts) return;
  const auto partition = find(parts->partition);
  if (!partition) return;
  partition->erase(parts->id, version);
  changed(partition);
}

void Index::put_own(std::string_view key, std::int64_t version, const Vector& vector,
                    const VectorSpace& space) {
  const auto parts = values::split_vector_key(key);
  const auto partition = parts ? find_or_make(parts->partition, space) : nullptr;
  if (!partition) return;
  partition->put({.id = parts->id,
                  .version = version,
                  .values = vector.values,
                  .model = vector.model,
                  .tags = vector.tags},
                 &settled_);
  changed(partition);
}

void Index::erase_own(std::string_view key, std::int64_t version) {
  const auto parts = values::split_vector_key(key);
  if (!parts) return;
  const auto partition = find(parts->partition);
  if (!partition) return;
  partition->erase(parts->id, version, &settled_);
  changed(partition);
}

Index::Partitions Index::all() const {
  Partitions all;
  const std::shared_lock lock(partitions_mutex_);
  for (const auto& [name, partition] : partitions_) all.push_back(partition);
  return all;
}

void Index::settle(std::int64_t version) {
  settled_ = version;
  for (const auto& partition : all()) partition->settle(version);
}

Partition::Counts Index::counts() const {
  Partition::Counts sum;
  for (const auto& partition : all()) {
    const auto counts = partition->counts();
    sum.alive += counts.alive;
    sum.not_linked += counts.not_linked;
  }
  return sum;
}

void Index::changed(std::shared_ptr<Partition> partition) {
  if (!partition->needs_work()) return;
  {
    const std::lock_guard lock(work_mutex_);
    if (stop_ || std::ranges::find(to_do_, partition) != to_do_.end()) return;
    to_do_.push_back(std::move(partition));
  }
  work_there_.notify_one();
}

void Index::work() {
  for (;;) {
    std::shared_ptr<Partition> next;
    {
      std::unique_lock lock(work_mutex_);
      work_there_.wait(lock, [this] { return stop_ || !to_do_.empty(); });
      if (stop_) return;
      next = std::move(to_do_.front());
      to_do_.erase(to_do_.begin());
    }
    try {
      while (!stop_ && next->needs_work()) next->maintain(threads_, stop_);
    } catch (const std::exception&) {
      // Memory or threads are short. Rows that are not linked are compared one by one; the next
      // change tries again.
    }
  }
}

}  // namespace polystore::vector
