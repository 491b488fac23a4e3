#pragma once

#include <bson/bson.h>

#include <cstddef>
#include <span>
#include <vector>

/// The few libbson handles that the values need.
namespace polystore::values {

/// Owns a growing bson_t. Not a unique_ptr: as a template argument bson_t would lose its alignment,
/// and g++ says so.
class BsonOwner {
 public:
  BsonOwner() : bson_(bson_new()) {}
  BsonOwner(const BsonOwner&) = delete;
  BsonOwner& operator=(const BsonOwner&) = delete;
  ~BsonOwner() { bson_destroy(bson_); }

  [[nodiscard]] bson_t* get() const noexcept { return bson_; }
  bson_t& operator*() const noexcept { return *bson_; }
  bson_t* operator->() const noexcept { return bson_; }

 private:
  bson_t* bson_;
};

/// A read-only view of BSON bytes; false if their length prefix is wrong. The bytes must outlive
/// `view`.
inline bool view_bson(std::span<const std::byte> bytes, bson_t& view) noexcept {
  return bson_init_static(&view, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

inline std::span<const std::byte> bytes_of(const bson_t& bson) noexcept {
  return {reinterpret_cast<const std::byte*>(bson_get_data(&bson)), bson.len};
}

inline std::vector<std::byte> copy_bytes(const bson_t& bson) {
  const auto bytes = bytes_of(bson);
  return {bytes.begin(), bytes.end()};
}

}  // namespace polystore::values
