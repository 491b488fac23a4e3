#include "values/vector_body.hpp"

#include "polystore/error.hpp"
#include "polystore/limits.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

namespace polystore::values {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers are copied as they are");

constexpr std::uint8_t form = 1;

std::uint32_t checksum(std::string_view bytes) noexcept {
  std::uint32_t hash = 2166136261U;  // FNV-1a
  for (const char byte : bytes) hash = (hash ^ static_cast<std::uint8_t>(byte)) * 16777619U;
  return hash;
}

template <class Number>
void append(std::string& to, Number number) {
  const std::size_t at = to.size();
  to.resize(at + sizeof number);
  std::memcpy(to.data() + at, &number, sizeof number);
}

void append_text(std::string& to, std::string_view text) {
  append(to, static_cast<std::uint16_t>(text.size()));
  to += text;
}

void append_int8(std::string& to, const std::vector<float>& values) {
  float largest = 0;
  for (const float value : values) largest = std::max(largest, std::abs(value));
  const float step = std::max(largest / 127, std::numeric_limits<float>::min());
  append(to, step);
  for (const float value : values) {
    append(to, static_cast<std::int8_t>(std::clamp(std::nearbyint(value / step), -127.0F, 127.0F)));
  }
}

[[noreturn]] void fail_damaged_vector() {
  throw Error({.code = ErrorCode::data_loss,
               .operation = "read a vector",
               .message = "its bytes are damaged, or of a later version of this library; put it "
                          "again"});
}

class VectorReader {
 public:
  explicit VectorReader(std::string_view bytes) noexcept : left_(bytes) {}

  std::string_view take(std::size_t size) {
    if (size > left_.size()) fail_damaged_vector();
    const auto taken = left_.substr(0, size);
    left_.remove_prefix(size);
    return taken;
  }
  template <class Number>
  Number number() {
    Number number;  // NOLINT(*-member-init): filled by the copy
    std::memcpy(&number, take(sizeof number).data(), sizeof number);
    return number;
  }
  [[nodiscard]] bool at_end() const noexcept { return left_.empty(); }

 private:
  std::string_view left_;
};

std::vector<float> read_values(VectorReader& reader, const VectorSpace& space) {
  std::vector<float> values(space.dimensions);
  if (space.encoding == VectorEncoding::float32) {
    const auto bytes = reader.take(values.size() * sizeof(float));
    std::memcpy(values.data(), bytes.data(), bytes.size());
  } else {
    const auto step = reader.number<float>();
    for (float& value : values) value = step * static_cast<float>(reader.number<std::int8_t>());
  }
  const bool good = std::ranges::all_of(
      values, [](float value) { return std::abs(value) <= limits::vector_number; });
  const bool zero = std::ranges::all_of(values, [](float value) { return value == 0; });
  if (!good || (zero && space.metric == Metric::cosine)) fail_damaged_vector();
  return values;
}

}  // namespace

std::string encode_vector_body(const Vector& vector, const VectorSpace& space) {
  std::string bytes;
  bytes.reserve(vector.values.size() * sizeof(float) + vector.payload.size() + 256);
  append(bytes, form);
  append(bytes, static_cast<std::uint8_t>(space.metric));
  append(bytes, static_cast<std::uint8_t>(space.encoding));
  append(bytes, std::uint8_t{0});
  append(bytes, static_cast<std::uint32_t>(vector.values.size()));
  append(bytes, static_cast<std::uint32_t>(vector.payload.size()));
  append(bytes, static_cast<std::uint16_t>(vector.model.size()));
  append(bytes, static_cast<std::uint16_t>(vector.tags.size()));
  bytes += vector.model;
  for (const auto& tag : vector.tags) append_text(bytes, tag);
  bytes += vector.payload;
  if (space.encoding == VectorEncoding::int8) {
    append_int8(bytes, vector.values);
  } else {
    for (const float value : vector.values) append(bytes, value);
  }
  append(bytes, checksum(bytes));
  return bytes;
}

VectorBody decode_vector_body(std::string_view bytes) {
  constexpr std::size_t sum_bytes = sizeof(std::uint32_t);
  if (bytes.size() < sum_bytes) fail_damaged_vector();
  const auto checked = bytes.substr(0, bytes.size() - sum_bytes);
  if (VectorReader(bytes.substr(checked.size())).number<std::uint32_t>() != checksum(checked)) {
    fail_damaged_vector();
  }
  VectorReader reader(checked);
  if (reader.number<std::uint8_t>() != form) fail_damaged_vector();
  const auto metric = reader.number<std::uint8_t>();
  const auto encoding = reader.number<std::uint8_t>();
  (void)reader.number<std::uint8_t>();
  const auto dimensions = reader.number<std::uint32_t>();
  const auto payload_bytes = reader.number<std::uint32_t>();
  if (metric > static_cast<std::uint8_t>(Metric::l2) ||
      encoding > static_cast<std::uint8_t>(VectorEncoding::int8) || dimensions == 0 ||
      dimensions > limits::vector_dimensions) {
    fail_damaged_vector();
  }
  const auto model_bytes = reader.number<std::uint16_t>();
  const auto tags = reader.number<std::uint16_t>();
  if (tags > limits::tags_per_content) fail_damaged_vector();
  VectorBody body{.space = {.name = {},
                            .dimensions = dimensions,
                            .metric = static_cast<Metric>(metric),
                            .encoding = static_cast<VectorEncoding>(encoding)}};
  body.model = reader.take(model_bytes);
  for (std::uint16_t i = 0; i < tags; ++i) {
    body.tags.emplace_back(reader.take(reader.number<std::uint16_t>()));
  }
  body.payload = reader.take(payload_bytes);
  body.values = read_values(reader, body.space);
  if (!reader.at_end()) fail_damaged_vector();
  return body;
}

}  // namespace polystore::values
