#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace polystore::values {

/// The strings among the values of an output (valid BSON), at any depth and apart by line ends; a
/// NUL becomes a space. Only the first `most_bytes` of them, cut between characters. Pure.
std::string output_text(std::span<const std::byte> bson, std::size_t most_bytes);

}  // namespace polystore::values
