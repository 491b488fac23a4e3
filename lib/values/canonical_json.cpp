#include "values/canonical_json.hpp"

#include "values/nfc.hpp"

#include <simdjson.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace polystore::values {
namespace {

namespace dom = simdjson::dom;

// The value of an element that is known to be of this type.
template <class T>
T value_as(const dom::element& element) {
  return element.get<T>().value_unsafe();
}

// Goes as deep as JsonUse::levels at most.
class JsonHasher {
 public:
  JsonHasher(Sha256& hash, const JsonUse& use) : hash_(hash), use_(use) {}

  void add(const dom::element& value, std::size_t level) {
    switch (value.type()) {
      case dom::element_type::OBJECT:
        return add_object(value_as<dom::object>(value), level);
      case dom::element_type::ARRAY:
        return add_array(value_as<dom::array>(value), level);
      case dom::element_type::STRING:
        hash_.add_byte('s');
        return hash_.add_text(to_nfc(value_as<std::string_view>(value), scratch_));
      case dom::element_type::INT64:
        return add_whole(value_as<std::int64_t>(value));
      case dom::element_type::UINT64:  // only beyond the range of the one above
        hash_.add_byte('+');
        return hash_.add_number(value_as<std::uint64_t>(value));
      case dom::element_type::DOUBLE:
        return add_double(value_as<double>(value));
      case dom::element_type::BOOL:
        return hash_.add_byte(value_as<bool>(value) ? 't' : 'f');
      default:
        hash_.add_byte('n');
    }
  }

 private:
  void add_whole(std::int64_t number) {
    const auto magnitude = static_cast<std::uint64_t>(number);
    hash_.add_byte(number < 0 ? '-' : '+');
    hash_.add_number(number < 0 ? 0 - magnitude : magnitude);
  }

  // 1, 1.0 and 1e0 are one number.
  void add_double(double number) {
    constexpr double beyond_64_bits = 18446744073709551616.0;  // 2^64
    const double magnitude = std::fabs(number);
    if (magnitude < beyond_64_bits && std::trunc(number) == number) {
      hash_.add_byte(number < 0 ? '-' : '+');
      hash_.add_number(static_cast<std::uint64_t>(magnitude));
    } else {
      hash_.add_byte('d');
      hash_.add_number(std::bit_cast<std::uint64_t>(number));
    }
  }

  void add_array(const dom::array& array, std::size_t level) {
    if (level > use_.levels) refuse_json_depth(use_);
    std::uint64_t count = 0;  // array::size() ends at 16 million
    for ([[maybe_unused]] const dom::element item : array) ++count;
    hash_.add_byte('a');
    hash_.add_number(count);
    for (const dom::element item : array) add(item, level + 1);
  }

  void add_object(const dom::object& object, std::size_t level) {
    if (level > use_.levels) refuse_json_depth(use_);
    std::vector<std::pair<std::string, dom::element>> fields;
    for (const auto [key, value] : object) fields.emplace_back(to_nfc(key, scratch_), value);
    // By bytes: char_traits<char> compares them unsigned.
    std::sort(fields.begin(), fields.end(),
              [](const auto& left, const auto& right) { return left.first < right.first; });
    const auto repeat = std::adjacent_find(
        fields.begin(), fields.end(),
        [](const auto& left, const auto& right) { return left.first == right.first; });
    if (repeat != fields.end()) refuse_json_repeat(use_);
    hash_.add_byte('o');
    hash_.add_number(fields.size());
    for (const auto& [name, value] : fields) {
      hash_.add_text(name);
      add(value, level + 1);
    }
  }

  Sha256& hash_;
  const JsonUse& use_;
  std::string scratch_;
};

void add_parsed(dom::parser& parser, Sha256& hash, std::string_view json, const JsonUse& use,
                bool only_object) {
  dom::element root;
  if (parser.parse(json.data(), json.size()).get(root) != simdjson::SUCCESS) {
    refuse_json(json, use);
  }
  if (only_object && root.is_array()) refuse_json_array(use);
  if (only_object && !root.is_object()) refuse_json_value(use);
  JsonHasher(hash, use).add(root, 1);
}

void add_any(Sha256& hash, std::string_view json, const JsonUse& use, bool only_object) {
  constexpr std::size_t worth_keeping_bytes = std::size_t{64} * 1024;
  json.remove_prefix(std::string_view(json).starts_with("\xEF\xBB\xBF") ? 3 : 0);
  if (json.size() <= worth_keeping_bytes) {
    thread_local dom::parser parser;  // and its buffers
    return add_parsed(parser, hash, json, use, only_object);
  }
  dom::parser parser;
  add_parsed(parser, hash, json, use, only_object);
}

}  // namespace

void add_json(Sha256& hash, std::string_view json, const JsonUse& use) {
  add_any(hash, json, use, false);
}

void add_json_object(Sha256& hash, std::string_view json, const JsonUse& use) {
  add_any(hash, json, use, true);
}

}  // namespace polystore::values
