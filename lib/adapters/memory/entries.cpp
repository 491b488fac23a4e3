#include "adapters/memory/entries.hpp"

#include "polystore/error.hpp"

#include <iterator>
#include <utility>

namespace polystore::adapters::memory {
namespace {

// What the list, the index and the allocator keep beside the text.
constexpr std::size_t bookkeeping_bytes = 192;

std::size_t size_of(std::string_view key, std::string_view value) {
  return key.size() + value.size() + bookkeeping_bytes;
}

}  // namespace

const Entries::Entry* Entries::find(std::string_view key, TimePoint now) {
  const auto found = index_.find(key);
  if (found == index_.end()) return nullptr;
  if (now >= found->second->end) {
    remove(found);
    return nullptr;
  }
  entries_.splice(entries_.begin(), entries_, found->second);
  return &*found->second;
}

const Entries::Entry* Entries::peek(std::string_view key, TimePoint now) const {
  const auto found = index_.find(key);
  return found == index_.end() || now >= found->second->end ? nullptr : &*found->second;
}

void Entries::put(std::string_view key, std::string_view value, TimePoint end) {
  const std::size_t size = size_of(key, value);
  if (size > max_bytes_) {
    throw Error({.code = ErrorCode::overloaded,
                 .backend = Backend::memory,
                 .operation = "set a response",
                 .message = "it is larger than all of memory: may hold; raise "
                            "OpenOptions::memory_response_bytes"});
  }
  Entry entry{std::string(key), std::string(value), end};
  if (const auto found = index_.find(key); found != index_.end()) remove(found);
  entries_.push_front(std::move(entry));
  index_.emplace(entries_.front().key, entries_.begin());
  bytes_ += size;
  while (bytes_ > max_bytes_) remove(index_.find(entries_.back().key));
}

bool Entries::erase(std::string_view key, TimePoint now) {
  const auto found = index_.find(key);
  if (found == index_.end()) return false;
  const bool there = now < found->second->end;
  remove(found);
  return there;
}

void Entries::erase_all(char first) {
  for (auto at = index_.begin(); at != index_.end();) {
    const auto next = std::next(at);
    if (at->first.starts_with(first)) remove(at);
    at = next;
  }
}

void Entries::each_key(char first, const std::function<void(std::string_view)>& call) const {
  for (const auto& entry : entries_) {
    if (entry.key.starts_with(first)) call(entry.key);
  }
}

void Entries::remove(std::unordered_map<std::string_view, Place>::iterator found) {
  const auto entry = found->second;
  bytes_ -= size_of(entry->key, entry->value);
  index_.erase(found);  // first: its key is a view of the entry's
  entries_.erase(entry);
}

}  // namespace polystore::adapters::memory
