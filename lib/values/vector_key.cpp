#include "values/vector_key.hpp"

namespace polystore::values {

std::string partition_key(std::string_view space, const Tenant& tenant) {
  std::string key(space);
  key += '\0';
  if (tenant.is_shared()) return key += '*';
  key += '=';
  return key += tenant.name();
}

std::string encode_vector_key(const VectorName& name) {
  std::string key = partition_key(name.space, name.tenant);
  key += '\0';
  return key += name.id;
}

std::optional<VectorKeyParts> split_vector_key(std::string_view key) noexcept {
  const auto first = key.find('\0');
  if (first == std::string_view::npos) return std::nullopt;
  const auto second = key.find('\0', first + 1);
  if (second == std::string_view::npos || second + 1 == key.size()) return std::nullopt;
  return VectorKeyParts{.partition = key.substr(0, second), .id = key.substr(second + 1)};
}

}  // namespace polystore::values
