#pragma once

#include "polystore/content.hpp"
#include "polystore/deadline.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace polystore::ports {

/// What an index of words is asked for. All of it is validated.
struct TextSearch {
  std::string text{};  ///< UTF-8 without NUL; every word of it must occur.
  std::optional<std::int64_t> user_id{};
  std::optional<Tenant> tenant{};  ///< Shared: those of no tenant.
  std::optional<std::string> model{};
  std::size_t skip = 0;  ///< So many of the best are left out.
  std::size_t limit = 50;
};

/// A read copy that has the words.
struct FoundText {
  ContentId id{};
  std::int64_t version = 0;
  double score = 0;
};

/// Searches read copies by an index that the output store keeps of the words in title, model, tags
/// and output. Threads: all members from any.
class TextPort {
 public:
  TextPort() = default;
  TextPort(const TextPort&) = delete;
  TextPort& operator=(const TextPort&) = delete;
  virtual ~TextPort() = default;

  /// The copies with the highest scores, best first, of equal ones the higher id first. Fewer than
  /// the limit: there are no more. Blocks until the deadline at most. Repeatable.
  virtual std::vector<FoundText> search(const TextSearch& search, Deadline deadline) = 0;
};

}  // namespace polystore::ports
