#pragma once

#include "polystore/content.hpp"
#include "polystore/vectors.hpp"

#include <cstddef>
#include <span>
#include <string_view>

/// The checks of vectors, as validate.hpp has others.
namespace polystore::facade {

void check_space_name(std::string_view operation, std::string_view name);
void check_space(const VectorSpace& space);
void check_vector_name(std::string_view operation, const VectorName& name);

/// The vector with its tags sorted and unique.
Vector checked_vector(const Vector& vector);

/// "embedding" and what of it is wrong, in the field.
void check_embedding(std::string_view operation, const Embedding& embedding);

void check_search(std::span<const float> query, std::size_t k);
/// The filter with its tags sorted and unique.
VectorFilter checked_filter(const VectorFilter& filter);

}  // namespace polystore::facade
