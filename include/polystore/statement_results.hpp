#pragma once

#include "polystore/error.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace polystore {

/// What became of statements that were sent together, by their index. `Result`: a driver's.
/// Lifetime: references are valid until a result is taken or dropped. Threads: const access from
/// any.
template <class Result>
class StatementResults {
 public:
  enum class Status : std::uint8_t {
    ok,
    failed,   ///< The server refused it.
    aborted,  ///< Not run, because one before it failed.
  };

  struct Item {
    Status status = Status::aborted;
    Result result{};
    std::optional<Error> error{};  ///< Of a failed or aborted one.
  };

  explicit StatementResults(std::vector<Item> items) : items_(std::move(items)) {}

  [[nodiscard]] std::size_t size() const noexcept { return items_.size(); }
  /// Errors: std::out_of_range.
  [[nodiscard]] Status status(std::size_t index) const { return items_.at(index).status; }

  /// The result of a statement. Errors: the statement's; for an aborted one that of the statement
  /// that failed; std::out_of_range.
  [[nodiscard]] const Result& at(std::size_t index) const {
    const Item& item = items_.at(index);
    if (item.error) throw Error(*item.error);
    return item.result;
  }

  /// As at, but hands the result over.
  [[nodiscard]] Result take(std::size_t index) {
    (void)at(index);
    return std::move(items_[index].result);
  }

  /// Throws the error of the first statement that failed, if one did.
  void check() const {
    for (const Item& item : items_) {
      if (item.error) throw Error(*item.error);
    }
  }

  /// Removes the first `count` results after checking them.
  void drop_front(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) (void)at(i);
    items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(count));
  }

 private:
  std::vector<Item> items_;
};

}  // namespace polystore
