#pragma once

#include "polystore/vectors.hpp"

#include <optional>
#include <string>
#include <string_view>

/// The key under which a vector is stored: space, NUL, tenant, NUL, id. The tenant is "=" and its
/// name, or "*" for the shared one. None of the parts has a NUL.
namespace polystore::values {

/// Names what is searched together: space, NUL, tenant.
std::string partition_key(std::string_view space, const Tenant& tenant);

std::string encode_vector_key(const VectorName& name);

/// The parts of a key; nothing when it is not one.
struct VectorKeyParts {
  std::string_view partition{};
  std::string_view id{};
};
std::optional<VectorKeyParts> split_vector_key(std::string_view key) noexcept;

}  // namespace polystore::values
