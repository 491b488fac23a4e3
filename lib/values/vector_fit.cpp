#include "values/vector_fit.hpp"

#include "polystore/error.hpp"

#include <algorithm>
#include <string>

namespace polystore::values {

void check_vector_fits(std::string_view operation, std::string_view field,
                       std::span<const float> numbers, const VectorSpace& space) {
  if (numbers.size() != space.dimensions) {
    throw_invalid_argument(operation, field,
                           "has " + std::to_string(numbers.size()) + " numbers, the space has " +
                               std::to_string(space.dimensions) +
                               " dimensions; use vectors of one model in a space");
  }
  if (space.metric != Metric::cosine) return;
  if (std::ranges::any_of(numbers, [](float number) { return number != 0; })) return;
  throw_invalid_argument(operation, field,
                         "is zero everywhere, which has no direction to compare by cosine; leave "
                         "it out, or use a space of another metric");
}

}  // namespace polystore::values
