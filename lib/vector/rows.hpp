#pragma once

#include "vector/kernel.hpp"
#include "vector/slab.hpp"

#include <atomic>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <string_view>
#include <vector>

namespace polystore::vector {

/// What is known of a row beside its numbers.
struct RowInfo {
  const char* id_text = nullptr;
  std::int64_t version = 0;
  std::uint32_t label = 0;
  std::uint16_t id_bytes = 0;
  std::atomic<bool> alive{true};

  [[nodiscard]] std::string_view id() const noexcept { return {id_text, id_bytes}; }
};

/// What append takes.
struct NewRow {
  std::span<const float> values{};
  std::string_view id{};
  std::uint32_t label = 0;
  std::int64_t version = 0;
};

/// The vectors of a partition, in the order in which they came. A row is never changed, but for
/// dying. Threads: one appends at a time; any may read the rows before size().
class Rows {
 public:
  static constexpr std::uint32_t most_rows = Slab::most_items;

  explicit Rows(const Kernel& kernel)
      : kernel_(kernel),
        numbers_(kernel.number_count() * sizeof(float)),
        codes_(kernel.code_bytes()),
        infos_(sizeof(RowInfo)) {}

  [[nodiscard]] const Kernel& kernel() const noexcept { return kernel_; }
  [[nodiscard]] std::uint32_t size() const noexcept {
    return size_.load(std::memory_order_acquire);
  }
  [[nodiscard]] const float* numbers(std::uint32_t row) const noexcept {
    return reinterpret_cast<const float*>(numbers_.at(row));
  }
  [[nodiscard]] const std::byte* code(std::uint32_t row) const noexcept { return codes_.at(row); }
  [[nodiscard]] RowInfo& info(std::uint32_t row) const noexcept {
    return *std::launder(reinterpret_cast<RowInfo*>(infos_.at(row)));
  }

  /// Adds a row, which a search can find from now on. There must be fewer than most_rows.
  void append(const NewRow& added) {
    const std::uint32_t row = size_.load(std::memory_order_relaxed);
    if (kernel_.number_count() > 0) {
      numbers_.reserve(row + 1);
      kernel_.encode_numbers(added.values, reinterpret_cast<float*>(numbers_.at(row)));
    }
    codes_.reserve(row + 1);
    kernel_.encode_code(added.values, codes_.at(row));
    publish(row, added);
  }

  /// Adds a row of another partition of the same space; `added` has all but its values.
  void append_copy(const Rows& from, std::uint32_t copied, const NewRow& added) {
    const std::uint32_t row = size_.load(std::memory_order_relaxed);
    if (kernel_.number_count() > 0) {
      numbers_.reserve(row + 1);
      std::memcpy(numbers_.at(row), from.numbers_.at(copied),
                  kernel_.number_count() * sizeof(float));
    }
    codes_.reserve(row + 1);
    std::memcpy(codes_.at(row), from.codes_.at(copied), kernel_.code_bytes());
    publish(row, added);
  }

 private:
  static constexpr std::size_t text_block_bytes = 16'384;

  void publish(std::uint32_t row, const NewRow& added) {
    infos_.reserve(row + 1);
    auto* info = new (infos_.at(row)) RowInfo;
    info->id_text = keep(added.id);
    info->version = added.version;
    info->label = added.label;
    info->id_bytes = static_cast<std::uint16_t>(added.id.size());
    size_.store(row + 1, std::memory_order_release);
  }

  // Texts that live as long as this.
  const char* keep(std::string_view text) {
    if (text.size() > text_left_) {
      text_left_ = texts_.empty() ? text_block_bytes / 64 : text_block_bytes;
      texts_.push_back(std::make_unique<char[]>(text_left_));
      text_at_ = texts_.back().get();
    }
    char* kept = text_at_;
    std::memcpy(kept, text.data(), text.size());
    text_at_ += text.size();
    text_left_ -= text.size();
    return kept;
  }

  const Kernel kernel_;
  Slab numbers_;
  Slab codes_;
  Slab infos_;
  std::vector<std::unique_ptr<char[]>> texts_;
  char* text_at_ = nullptr;
  std::size_t text_left_ = 0;
  std::atomic<std::uint32_t> size_{0};
};

}  // namespace polystore::vector
