#pragma once

#include <bit>
#include <climits>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

/// Numbers as PostgreSQL sends them: big-endian.
namespace polystore::postgres {

template <class T>
void append_number(std::string& out, T value) {
  const auto bits = static_cast<std::make_unsigned_t<T>>(value);
  for (std::size_t i = sizeof(T); i-- > 0;) {
    out.push_back(static_cast<char>(static_cast<unsigned char>(bits >> (i * CHAR_BIT))));
  }
}

/// `bytes` must have sizeof(T) bytes.
template <class T>
T read_number(std::string_view bytes) noexcept {
  std::make_unsigned_t<T> bits = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    bits = static_cast<std::make_unsigned_t<T>>((bits << CHAR_BIT) |
                                                static_cast<unsigned char>(bytes[i]));
  }
  return static_cast<T>(bits);
}

}  // namespace polystore::postgres
