#pragma once

#include "polystore/content_id.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace polystore::audit {

/// What a store holds, by id, read page by page. `IdOf` gives an item's id.
template <class Item, class IdOf>
class Stream {
 public:
  /// `fetch` gives the page after an id; an empty one is the end.
  using Fetch = std::function<std::vector<Item>(const ContentId& after)>;

  explicit Stream(Fetch fetch) : fetch_(std::move(fetch)) {}

  /// The next item, or null at the end. Errors: those of `fetch`.
  Item* peek() {
    if (at_ == page_.size() && !ended_) {
      page_ = fetch_(last_);
      at_ = 0;
      ended_ = page_.empty();
    }
    return at_ < page_.size() ? &page_[at_] : nullptr;
  }

  /// The next item if it has this id; it is passed over then. Valid until the next peek.
  Item* take(const ContentId& id) {
    Item* item = peek();
    if (item == nullptr || id_of_(*item) != id) return nullptr;
    last_ = id;
    ++at_;
    ++taken_;
    return item;
  }

  /// The smaller of `id` and the next item's id; `id` may be null for none.
  const ContentId* earlier(const ContentId* id) {
    Item* item = peek();
    if (item == nullptr) return id;
    next_ = id_of_(*item);
    return id == nullptr || next_ < *id ? &next_ : id;
  }

  [[nodiscard]] std::uint64_t taken() const noexcept { return taken_; }

 private:
  Fetch fetch_;
  IdOf id_of_{};
  std::vector<Item> page_;
  std::size_t at_ = 0;
  ContentId last_{};
  ContentId next_{};
  std::uint64_t taken_ = 0;
  bool ended_ = false;
};

}  // namespace polystore::audit
