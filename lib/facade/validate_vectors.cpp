#include "facade/validate_vectors.hpp"

#include "polystore/error.hpp"
#include "polystore/limits.hpp"

#include "facade/validate.hpp"

#include <algorithm>
#include <cmath>
#include <string>

namespace polystore::facade {
namespace {

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == '.';
}

void check_dimensions(std::string_view operation, std::string_view field, std::size_t count) {
  if (count >= 1 && count <= limits::vector_dimensions) return;
  throw_invalid_argument(operation, field,
                         "has " + std::to_string(count) + " dimensions; use 1 to " +
                             std::to_string(limits::vector_dimensions));
}

void check_numbers(std::string_view operation, std::string_view field,
                   std::span<const float> values) {
  check_dimensions(operation, field, values.size());
  // Not a number is not within the limit either.
  const auto wrong = std::ranges::find_if_not(
      values, [](float value) { return std::abs(value) <= limits::vector_number; });
  if (wrong == values.end()) return;
  throw_invalid_argument(operation, field,
                         "number " + std::to_string(wrong - values.begin() + 1) +
                             " is not finite, or beyond 1e15; look at the embedder");
}

// The model that made a vector, which need not be named.
void check_model(std::string_view operation, const std::string& model) {
  if (!model.empty()) check_text(operation, "model", model, limits::model_characters);
}

}  // namespace

void check_space_name(std::string_view operation, std::string_view name) {
  const bool good = !name.empty() && name.size() <= limits::vector_space_characters &&
                    std::ranges::all_of(name, is_name_character);
  if (good) return;
  throw_invalid_argument(operation, "space",
                         "must be 1 to " + std::to_string(limits::vector_space_characters) +
                             " characters of a-z, A-Z, 0-9, '_', '-' and '.'");
}

void check_space(const VectorSpace& space) {
  check_space_name("ensure_space", space.name);
  check_dimensions("ensure_space", "dimensions", space.dimensions);
  if (space.metric > Metric::l2) {
    throw_invalid_argument("ensure_space", "metric", "is none of cosine, dot and l2");
  }
  if (space.encoding > VectorEncoding::int8) {
    throw_invalid_argument("ensure_space", "encoding", "is neither float32 nor int8");
  }
}

void check_vector_name(std::string_view operation, const VectorName& name) {
  check_space_name(operation, name.space);
  check_tenant(operation, name.tenant);
  if (name.id.size() > limits::vector_id_bytes) {
    throw_invalid_argument(operation, "id",
                           "has " + std::to_string(name.id.size()) + " bytes, the limit is " +
                               std::to_string(limits::vector_id_bytes) + "; hash long ids");
  }
  check_text(operation, "id", name.id, limits::vector_id_bytes);
}

Vector checked_vector(const Vector& vector) {
  constexpr std::string_view operation = "put a vector";
  check_vector_name(operation, vector.name);
  check_numbers(operation, "values", vector.values);
  check_model(operation, vector.model);
  if (vector.payload.size() > limits::vector_payload_bytes) {
    throw_invalid_argument(
        operation, "payload",
        "has " + std::to_string(vector.payload.size()) + " bytes, the limit is " +
            std::to_string(limits::vector_payload_bytes) + "; put a content, and its id here");
  }
  Vector checked = vector;
  checked.tags = checked_tags(operation, std::move(checked.tags));
  return checked;
}

void check_embedding(std::string_view operation, const Embedding& embedding) {
  check_space_name(operation, embedding.space);
  check_tenant(operation, embedding.tenant);
  check_numbers(operation, "embedding", embedding.values);
  check_model(operation, embedding.model);
}

void check_search(std::span<const float> query, std::size_t k) {
  check_numbers("search vectors", "query", query);
  if (k >= 1 && k <= limits::neighbours) return;
  throw_invalid_argument("search vectors", "k",
                         "must be 1 to " + std::to_string(limits::neighbours));
}

VectorFilter checked_filter(const VectorFilter& filter) {
  constexpr std::string_view operation = "search vectors";
  check_space_name(operation, filter.space);
  check_tenant(operation, filter.tenant);
  if (filter.model) check_model(operation, *filter.model);
  VectorFilter checked = filter;
  checked.tags = checked_tags(operation, std::move(checked.tags));
  return checked;
}

}  // namespace polystore::facade
