#include "vector/service.hpp"

#include "polystore/error.hpp"

#include "values/vector_body.hpp"
#include "values/vector_fit.hpp"
#include "values/vector_key.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>

namespace polystore::vector {
Service::Service(ports::VectorPort& port, const VectorOptions& options)
    : port_(port),
      width_(options.search_width),
      follower_(port, options.index_threads, options.longest_lag) {}

void Service::remember(const VectorSpace& space) {
  const std::lock_guard lock(spaces_mutex_);
  spaces_.insert_or_assign(space.name, space);
}

std::optional<VectorSpace> Service::known_space(const std::string& name, Deadline deadline) {
  {
    const std::lock_guard lock(spaces_mutex_);
    const auto found = spaces_.find(name);
    if (found != spaces_.end()) return found->second;
  }
  auto found = port_.find_space(name, deadline);
  if (found) remember(*found);
  return found;
}

bool Service::ensure_space(const VectorSpace& space, Deadline deadline) {
  follower_.start();
  const auto there = port_.ensure_space(space, deadline);
  remember(there.space);
  if (there.space == space) return there.created;
  throw Error({.code = ErrorCode::conflict,
               .operation = "ensure_space",
               .field = "space",
               .message = "one of this name has other dimensions, another metric or encoding; "
                          "what a space is never changes, so use another name"});
}

std::optional<VectorSpace> Service::space(const std::string& name, Deadline deadline) {
  follower_.start();
  return known_space(name, deadline);
}

void Service::put(std::span<const Vector> vectors, Deadline deadline) {
  follower_.start();
  while (!vectors.empty()) {
    const std::string& name = vectors.front().name.space;
    const auto end = std::ranges::find_if(
        vectors, [&name](const Vector& vector) { return vector.name.space != name; });
    const auto run = vectors.first(static_cast<std::size_t>(end - vectors.begin()));
    const auto known = known_space(name, deadline);
    put_some(known ? *known : VectorSpace{.name = name, .dimensions = run.front().values.size()},
             run, deadline);
    vectors = vectors.subspan(run.size());
  }
}

// All of one space.
void Service::put_some(const VectorSpace& space, std::span<const Vector> vectors,
                       Deadline deadline) {
  std::vector<ports::VectorEntry> entries;
  entries.reserve(vectors.size());
  for (const Vector& vector : vectors) {
    values::check_vector_fits("put a vector", "values", vector.values, space);
    entries.push_back({.key = values::encode_vector_key(vector.name),
                       .body = values::encode_vector_body(vector, space)});
  }
  const auto versions = port_.put(space, entries, deadline);
  remember(space);
  follower_.change_own([&](Index& index) {
    for (std::size_t i = 0; i < vectors.size(); ++i) {
      index.put_own(entries[i].key, versions[i], vectors[i], space);
    }
  });
}

std::optional<Vector> Service::get(const VectorName& name, Deadline deadline) {
  follower_.start();
  const auto stored = port_.get(values::encode_vector_key(name), deadline);
  if (!stored) return std::nullopt;
  auto body = values::decode_vector_body(stored->body);
  return Vector{.name = name,
                .values = std::move(body.values),
                .model = std::move(body.model),
                .tags = std::move(body.tags),
                .payload = std::move(body.payload)};
}

bool Service::erase(const VectorName& name, Deadline deadline) {
  follower_.start();
  const std::string key = values::encode_vector_key(name);
  const auto version = port_.erase(key, deadline);
  if (!version) return false;
  follower_.change_own([&](Index& index) { index.erase_own(key, *version); });
  return true;
}

std::vector<Neighbour> Service::nearest(std::span<const float> query, std::size_t k,
                                        const VectorFilter& filter, Deadline deadline) {
  follower_.start();
  const auto index = follower_.index(deadline);
  const auto partition = index->partition(values::partition_key(filter.space, filter.tenant));
  if (!partition) return {};
  values::check_vector_fits("search vectors", "query", query, partition->space());
  return partition->nearest({.query = query,
                             .k = k,
                             .width = width_,
                             .filter = {.model = filter.model, .tags = filter.tags}});
}

void Service::load(Deadline deadline) {
  follower_.start();
  while (follower_.index(deadline)->counts().not_linked > 0) {
    if (deadline.expired()) {
      throw Error({.code = ErrorCode::deadline_exceeded,
                   .retryable = true,
                   .operation = "load vectors",
                   .message = "they are read, but not all are linked yet; searches work, and get "
                              "faster"});
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

VectorStatus Service::status() const {
  const auto index = follower_.peek();
  if (!index) return {};
  const auto counts = index->counts();
  return {.loaded = true, .vectors = counts.alive, .not_linked = counts.not_linked};
}

}  // namespace polystore::vector
