#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace polystore::read {

/// The keys that were dropped last, by 32 bits of their hash: S3-FIFO's ghost queue as a table of
/// small buckets, as its paper has it (section 4.2). Threads: one at a time.
class Ghosts {
 public:
  [[nodiscard]] static constexpr std::size_t bytes_of(std::size_t cells) noexcept {
    return cells * sizeof(Ghost);
  }

  /// Needs room (grow).
  void add(std::uint64_t hash) noexcept { place({mark_of(hash), ++clock_}); }

  /// Forgets the key. True if it was among the last `count` that were added.
  bool take(std::uint64_t hash, std::size_t count) noexcept {
    if (ghosts_.empty()) return false;
    Ghost* const bucket = bucket_of(mark_of(hash));
    for (Ghost* ghost = bucket; ghost != bucket + ways; ++ghost) {
      if (ghost->mark != mark_of(hash) || age_of(*ghost) >= count) continue;
      *ghost = {};
      return true;
    }
    return false;
  }

  /// `cells`: a power of two, at least `ways`, more than there are now.
  void grow(std::size_t cells) {
    std::vector<Ghost> old(cells);
    old.swap(ghosts_);
    for (const Ghost& ghost : old) place(ghost);
  }

  static constexpr std::size_t ways = 4;

 private:
  struct Ghost {
    std::uint32_t mark = 0;
    std::uint32_t added = 0;
  };

  // Neither shards nor cells of the index are chosen by these bits.
  [[nodiscard]] static std::uint32_t mark_of(std::uint64_t hash) noexcept {
    return static_cast<std::uint32_t>(hash >> 32);
  }
  [[nodiscard]] std::uint32_t age_of(const Ghost& ghost) const noexcept {
    return clock_ - ghost.added;
  }
  [[nodiscard]] Ghost* bucket_of(std::uint32_t mark) noexcept {
    return &ghosts_[(mark & (ghosts_.size() / ways - 1)) * ways];
  }

  void place(const Ghost& ghost) noexcept {
    Ghost* const bucket = bucket_of(ghost.mark);
    Ghost* oldest = bucket;
    for (Ghost* other = bucket + 1; other != bucket + ways; ++other) {
      if (age_of(*other) > age_of(*oldest)) oldest = other;
    }
    if (age_of(*oldest) > age_of(ghost)) *oldest = ghost;
  }

  std::vector<Ghost> ghosts_;
  // Counts what was added. Begins where every empty cell is older than all that are not.
  std::uint32_t clock_ = std::uint32_t{1} << 31;
};

}  // namespace polystore::read
