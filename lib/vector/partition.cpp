#include "vector/partition.hpp"

#include "polystore/error.hpp"
#include "polystore/limits.hpp"

#include <algorithm>

namespace polystore::vector {
namespace {

// To compare that many rows of n takes as long as a search of the graph that passes over all
// others: about sqrt(1000 n), by measurement.
bool few_enough(std::size_t rows, std::size_t all) { return rows * rows <= 1000 * all; }

// Dead rows are carried along until there are this many.
bool too_many_dead(std::size_t alive, std::size_t all) {
  const std::size_t dead = all - alive;
  return dead > 1000 && dead * 3 > all;
}

[[noreturn]] void fail_full() {
  throw Error({.code = ErrorCode::overloaded,
               .operation = "index a vector",
               .message = "this tenant has 100,000,000 vectors in the space already; use another "
                          "space"});
}

}  // namespace

void Partition::Body::entered(std::uint32_t label) {
  const std::uint32_t row = rows.size() - 1;
  ids.set(row);
  labels.add_row(label, row);
  ++alive;
}

void Partition::Body::add(const IndexedVector& vector) {
  const std::uint32_t label = labels.number_of(vector.model, vector.tags);
  rows.append(
      {.values = vector.values, .id = vector.id, .label = label, .version = vector.version});
  entered(label);
}

void Partition::Body::copy(const Body& from, std::uint32_t row) {
  const RowInfo& info = from.rows.info(row);
  const auto texts = from.labels.texts_of(info.label);
  const std::uint32_t label = labels.number_of(texts.model, texts.tags);
  rows.append_copy(from.rows, row,
                   {.values = {}, .id = info.id(), .label = label, .version = info.version});
  entered(label);
}

void Partition::Body::kill(std::uint32_t row) {
  RowInfo& info = rows.info(row);
  if (!info.alive.exchange(false)) return;
  labels.row_died(info.label);
  --alive;
}

// The rows that are near the query, of one search.
class Partition::Search {
 public:
  Search(const Body& body, const NearestParams& params)
      : body_(body),
        params_(params),
        kernel_(body.rows.kernel()),
        numbers_(kernel_.number_count()),
        code_(kernel_.code_bytes()) {
    kernel_.encode_numbers(params.query, numbers_.data());
    kernel_.encode_code(params.query, code_.data());
  }

  void run() {
    const std::uint32_t end = body_.rows.size();
    const std::uint32_t linked = std::min(end, body_.graph.linked());
    if (params_.filter.empty()) {
      search(linked, end, nullptr, few_enough(body_.alive, linked));
      return;
    }
    const auto match = body_.labels.match(params_.filter);
    if (few_enough(match.alive, linked)) {
      compare_all(body_.labels.rows_with(match));
    } else {
      search(linked, end, &match.by_number, false);
      // Rows that the filter lets pass may lie where the graph has no way to.
      if (near_.size() < std::min(params_.k, match.alive)) {
        near_.clear();
        compare_all(body_.labels.rows_with(match));
      }
    }
  }

  [[nodiscard]] std::vector<Neighbour> result() {
    std::ranges::sort_heap(near_, {}, &Found::distance);
    std::vector<Neighbour> neighbours;
    neighbours.reserve(near_.size());
    for (const Found& found : near_) {
      const RowInfo& info = body_.rows.info(found.row);
      // One that was replaced meanwhile may be here twice, and one that was erased must not be.
      if (!info.alive) continue;
      neighbours.push_back({std::string(info.id()), kernel_.score(found.distance)});
    }
    return neighbours;
  }

 private:
  void search(std::uint32_t linked, std::uint32_t end, const std::vector<bool>* labels,
              bool one_by_one) {
    if (!one_by_one) {
      const std::size_t width = std::max(params_.width, params_.k);
      const RowFilter filter{.rows = body_.rows, .end = linked, .labels = labels};
      const auto found = body_.graph.search(code_.data(), width, filter);
      for (std::size_t i = 0; i < found.size(); ++i) {
        if (i + 2 < found.size()) prefetch(found[i + 2].row);
        compare(found[i].row);
      }
    }
    const RowFilter rest{.rows = body_.rows, .end = end, .labels = labels};
    for (std::uint32_t row = one_by_one ? 0 : linked; row < end; ++row) {
      if (rest.accepts(row)) compare(row);
    }
  }

  void compare_all(const std::vector<std::uint32_t>& rows) {
    for (const std::uint32_t row : rows) {
      if (body_.rows.info(row).alive) compare(row);
    }
  }

  // The beginning of its numbers: the processor fetches the rest by itself.
  void prefetch(std::uint32_t row) const noexcept {
    for (std::size_t at = 0; at < numbers_.size() && at < 64; at += 16) {
      __builtin_prefetch(body_.rows.numbers(row) + at);
    }
  }

  void compare(std::uint32_t row) {
    const float distance = numbers_.empty()
                               ? kernel_.code_distance(code_.data(), body_.rows.code(row))
                               : kernel_.number_distance(numbers_.data(), body_.rows.numbers(row));
    if (near_.size() == params_.k) {
      if (distance >= near_.front().distance) return;
      std::ranges::pop_heap(near_, {}, &Found::distance);
      near_.pop_back();
    }
    near_.push_back({distance, row});
    std::ranges::push_heap(near_, {}, &Found::distance);
  }

  const Body& body_;
  const NearestParams& params_;
  const Kernel& kernel_;
  std::vector<float> numbers_;
  std::vector<std::byte> code_;
  std::vector<Found> near_;  // a heap, the farthest first
};

Partition::Partition(const VectorSpace& space)
    : space_(space), kernel_(space), body_(std::make_shared<Body>(kernel_)) {}

std::shared_ptr<Partition::Body> Partition::body() const {
  const std::lock_guard lock(body_mutex_);
  return body_;
}

// Needs mutex_.
bool Partition::is_late(std::string_view id, std::int64_t version, std::optional<std::uint32_t> row,
                        const Settled* settled) const {
  if (settled != nullptr && version <= *settled) return true;
  if (row && body_->rows.info(*row).version >= version) return true;
  const auto erased = erased_.find(id);
  return erased != erased_.end() && erased->second >= version;
}

void Partition::put(const IndexedVector& vector, const Settled* settled) {
  const std::lock_guard lock(mutex_);
  const auto before = body_->ids.find(vector.id);
  if (is_late(vector.id, vector.version, before, settled)) return;
  if (body_->rows.size() >= limits::vectors_per_tenant) fail_full();
  // In this order a search never gives both.
  if (before) body_->kill(*before);
  body_->add(vector);
}

void Partition::erase(std::string_view id, std::int64_t version, const Settled* settled) {
  const std::lock_guard lock(mutex_);
  const auto row = body_->ids.find(id);
  if (is_late(id, version, row, settled)) return;
  if (row) body_->kill(*row);
  erased_.insert_or_assign(std::string(id), version);
}

void Partition::settle(std::int64_t version) {
  const std::lock_guard lock(mutex_);
  std::erase_if(erased_, [version](const auto& entry) { return entry.second <= version; });
}

std::vector<Neighbour> Partition::nearest(const NearestParams& params) const {
  const auto searched = body();
  Search search(*searched, params);
  search.run();
  return search.result();
}

bool Partition::needs_work() const {
  const auto now = body();
  const std::uint32_t size = now->rows.size();
  if (too_many_dead(now->alive, size)) return true;
  return size >= graph_from_rows && now->graph.linked() < size;
}

Partition::Counts Partition::counts() const {
  const auto now = body();
  const std::uint32_t size = now->rows.size();
  const std::uint32_t linked = now->graph.linked();
  return {.alive = now->alive, .not_linked = size < graph_from_rows ? 0 : size - linked};
}

void Partition::maintain(std::size_t threads, const std::atomic<bool>& stop) {
  const auto now = body();
  const std::uint32_t size = now->rows.size();
  if (too_many_dead(now->alive, size)) {
    compact(threads, stop);
  } else if (size >= graph_from_rows) {
    now->graph.link(size, threads, stop);
  }
}

// Searches go on with the body that there is until the new one is complete.
void Partition::compact(std::size_t threads, const std::atomic<bool>& stop) {
  std::vector<std::uint32_t> copies;
  auto fresh = copy_alive(copies);
  if (fresh->rows.size() >= graph_from_rows) fresh->graph.link(fresh->rows.size(), threads, stop);
  if (!stop) replace_body(std::move(fresh), copies);
}

// `copies`: for each row of now its copy, or itself not copied.
std::shared_ptr<Partition::Body> Partition::copy_alive(std::vector<std::uint32_t>& copies) const {
  const auto now = body();
  auto fresh = std::make_shared<Body>(kernel_);
  copies.assign(now->rows.size(), Rows::most_rows);
  for (std::uint32_t row = 0; row < copies.size(); ++row) {
    if (!now->rows.info(row).alive) continue;
    copies[row] = fresh->rows.size();
    fresh->copy(*now, row);
  }
  return fresh;
}

void Partition::replace_body(std::shared_ptr<Body> fresh,
                             const std::vector<std::uint32_t>& copies) {
  const std::lock_guard lock(mutex_);
  const auto now = body();
  for (std::uint32_t row = 0; row < now->rows.size(); ++row) {
    const bool alive = now->rows.info(row).alive;
    const bool copied = row < copies.size() && copies[row] != Rows::most_rows;
    if (copied && !alive) fresh->kill(copies[row]);
    if (!copied && alive) fresh->copy(*now, row);
  }
  const std::lock_guard body_lock(body_mutex_);
  body_ = std::move(fresh);
}

}  // namespace polystore::vector
