// NumPy's file format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
#include "calibration.hpp"

#include <fmt/core.h>
#include <polystore/error.hpp>

#include <bit>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <limits>
#include <string_view>
#include <system_error>

namespace polystore::tool {
namespace {

constexpr std::string_view magic = "\x93NUMPY";
constexpr std::size_t most_header_bytes = 65'536;
constexpr std::size_t most_dimensions = 65'536;

template <class Float>
Float float_of(const char* bytes) noexcept {
  using Bits = std::conditional_t<sizeof(Float) == 4, std::uint32_t, std::uint64_t>;
  Bits bits = 0;
  for (std::size_t i = sizeof(Bits); i > 0; --i) {
    bits = static_cast<Bits>(bits << 8U) | static_cast<unsigned char>(bytes[i - 1]);
  }
  return std::bit_cast<Float>(bits);
}

class NpyReader {
 public:
  explicit NpyReader(const std::string& path) : path_(path), file_(path, std::ios::binary) {
    if (!file_) {
      refuse(fmt::format("can't be opened: {}; examples/embed_pairs.py writes one",
                         std::generic_category().message(errno)));
    }
  }

  VectorFile read() {
    const std::string header = read_header();
    const std::size_t width = width_of(value_of(header, "descr"));
    if (!value_of(header, "fortran_order").starts_with("False")) {
      refuse("is in Fortran order; save it with numpy.ascontiguousarray");
    }
    VectorFile vectors;
    read_shape(value_of(header, "shape"), vectors);
    read_rows(vectors, width);
    return vectors;
  }

 private:
  [[noreturn]] void refuse(const std::string& why) const {
    throw_invalid_argument("calibrate", "vectors", fmt::format("{} {}", shown_name(path_), why));
  }

  std::string take(std::size_t bytes) {
    std::string taken(bytes, '\0');
    file_.read(taken.data(), static_cast<std::streamsize>(bytes));
    if (static_cast<std::size_t>(file_.gcount()) != bytes) {
      refuse("ends before the vectors do; write it again with numpy.save");
    }
    return taken;
  }

  std::string read_header() {
    std::string start(magic.size(), '\0');
    file_.read(start.data(), static_cast<std::streamsize>(start.size()));
    if (!file_ || start != magic) refuse("is no .npy file; write it with numpy.save");
    const std::string version = take(2);
    if ((version[0] != 1 && version[0] != 2) || version[1] != 0) {
      refuse("has another version of the format than 1.0 and 2.0; write it with numpy.save");
    }
    const std::string length = take(version[0] == 1 ? 2 : 4);
    std::size_t bytes = 0;
    for (std::size_t i = length.size(); i > 0; --i) {
      bytes = bytes << 8U | static_cast<unsigned char>(length[i - 1]);
    }
    if (bytes > most_header_bytes) {
      refuse(fmt::format("has a header of more than {} bytes; write it with numpy.save",
                         most_header_bytes));
    }
    return take(bytes);
  }

  // What stands in the header after a name: the rest of it.
  std::string_view value_of(std::string_view header, std::string_view name) const {
    for (const char quote : {'\'', '"'}) {
      const std::string key = quote + std::string(name) + quote;
      const std::size_t at = header.find(key);
      if (at == std::string_view::npos) continue;
      const std::size_t value = header.find_first_not_of(" :", at + key.size());
      if (value != std::string_view::npos) return header.substr(value);
    }
    refuse(fmt::format("has no {} in its header; write it with numpy.save", name));
  }

  [[nodiscard]] std::size_t width_of(std::string_view type) const {
    type = type.substr(0, 5);
    if (type == "'<f4'" || type == "\"<f4\"") return sizeof(float);
    if (type == "'<f8'" || type == "\"<f8\"") return sizeof(double);
    refuse(
        "holds another type than little-endian float32 and float64; save it with .astype('<f4')");
  }

  // "(6, 384), …"
  void read_shape(std::string_view text, VectorFile& vectors) const {
    std::vector<std::size_t> sizes;
    const char* at = text.data();
    const char* end = at + text.size();
    const auto skip = [&](std::string_view what) {
      while (at != end && what.find(*at) != std::string_view::npos) ++at;
    };
    bool whole = at != end && *at == '(';
    skip("(");
    while (whole && at != end && *at != ')') {
      std::size_t size = 0;
      const auto [next, error] = std::from_chars(at, end, size);
      whole = error == std::errc();
      at = next;
      sizes.push_back(size);
      skip(", ");
    }
    if (!whole || at == end || sizes.size() != 2) {
      refuse("has not two dimensions; its shape must be [2 n, d]");
    }
    vectors.rows = sizes[0];
    vectors.dimensions = sizes[1];
    if (sizes[0] == 0 || sizes[1] == 0 || sizes[1] > most_dimensions) {
      refuse(fmt::format("has the shape [{}, {}]; it must be [2 n, d] with d from 1 to {}",
                         sizes[0], sizes[1], most_dimensions));
    }
  }

  // Row by row: the memory that a hostile shape asks for is never taken.
  void read_rows(VectorFile& vectors, std::size_t width) {
    for (std::size_t row = 0; row < vectors.rows; ++row) {
      const std::string bytes = take(vectors.dimensions * width);
      bool zero = true;
      for (std::size_t i = 0; i < vectors.dimensions; ++i) {
        const char* from = bytes.data() + i * width;
        const double value =
            width == sizeof(float) ? float_of<float>(from) : float_of<double>(from);
        if (!std::isfinite(value)) {
          refuse(fmt::format("has a value in row {}, column {}, that is not finite; embed it again",
                             row, i));
        }
        zero = zero && value == 0;
        vectors.values.push_back(value);
      }
      check_length(vectors, row, zero);
    }
    if (file_.peek() != std::ifstream::traits_type::eof()) {
      refuse("goes on after the vectors that its shape tells of; write it again with numpy.save");
    }
  }

  // Also of squares, which a cosine needs.
  void check_length(const VectorFile& vectors, std::size_t row, bool zero) const {
    double square = 0;
    for (std::size_t i = 0; i < vectors.dimensions; ++i) {
      const double value = vectors.values[row * vectors.dimensions + i];
      square += value * value;
    }
    if (zero) {
      refuse(fmt::format("has only zeros in row {}, which have no direction; embed it again", row));
    }
    if (!std::isfinite(square) || square < std::numeric_limits<double>::min()) {
      refuse(
          fmt::format("has values in row {} that are too large or too small to compare; bring the "
                      "rows to length 1",
                      row));
    }
  }

  const std::string& path_;
  std::ifstream file_;
};

}  // namespace

VectorFile read_vectors(const std::string& path) { return NpyReader(path).read(); }

}  // namespace polystore::tool
