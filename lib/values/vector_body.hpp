#pragma once

#include "polystore/vectors.hpp"

#include <string>
#include <string_view>
#include <vector>

/// A vector as it is stored, all numbers little-endian:
///   u8 form (1), u8 metric, u8 encoding, u8 zero, u32 dimensions, u32 bytes of the payload, u16
///   bytes of the model, u16 tags, the model, each tag as u16 bytes and text, the payload, the
///   numbers, u32 FNV-1a of all that.
/// float32: 4 bytes a number. int8: a float for one step, then a byte a number.
namespace polystore::values {

struct VectorBody {
  VectorSpace space{};  ///< Without its name.
  std::vector<float> values{};
  std::string model{};
  std::vector<std::string> tags{};
  std::string payload{};
};

/// All limits must have been checked.
std::string encode_vector_body(const Vector& vector, const VectorSpace& space);

/// Errors: data_loss when the bytes are not what encode_vector_body makes.
VectorBody decode_vector_body(std::string_view bytes);

}  // namespace polystore::values
