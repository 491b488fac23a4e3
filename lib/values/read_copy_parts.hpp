#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

/// What a database that can't look into a read copy (read_copy.hpp) keeps beside it.
namespace polystore::values {

/// A read copy without `_id` and the numbers of its embedding, in MongoDB's relaxed extended JSON,
/// for a database that searches JSON. Empty where that can't be made, or would be longer than
/// `most_bytes`.
std::string search_json(std::span<const std::byte> read_copy, std::size_t most_bytes);

/// Of a read copy only what names its embedding, and the whole `body`, as BSON that embedding_name
/// takes; empty where it has neither.
std::vector<std::byte> attached_part(std::span<const std::byte> read_copy);

}  // namespace polystore::values
