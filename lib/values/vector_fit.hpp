#pragma once

#include "polystore/vectors.hpp"

#include <span>
#include <string_view>

namespace polystore::values {

/// Whether numbers can be compared with the vectors of a space: as many as it has dimensions and,
/// where it compares angles, with a direction. Pure. Errors: invalid_argument with the field.
void check_vector_fits(std::string_view operation, std::string_view field,
                       std::span<const float> numbers, const VectorSpace& space);

}  // namespace polystore::values
