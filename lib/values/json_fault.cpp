#include "values/json_fault.hpp"

#include "polystore/error.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace polystore::values {
namespace {

[[noreturn]] void refuse(const JsonUse& use, std::string_view message) {
  throw_invalid_argument(use.operation, use.field.to_string(), message);
}

// Takes the events of nlohmann's SAX parser, which knows at which byte it stopped, and refuses at
// the first fault.
class FaultFinder {
 public:
  using Json = nlohmann::json;

  explicit FaultFinder(const JsonUse& use) : use_(use) {}

  bool null() { return true; }
  bool boolean(bool /*value*/) { return true; }
  bool number_integer(std::int64_t /*value*/) { return true; }
  bool number_unsigned(std::uint64_t /*value*/) { return true; }
  bool number_float(double /*value*/, const std::string& token) {
    if (token.find_first_of(".eE") == std::string::npos) refuse_json_whole_number(use_);
    return true;
  }
  bool string(const std::string& /*value*/) { return true; }
  bool binary(Json::binary_t& /*value*/) { return true; }
  bool key(const std::string& /*name*/) { return true; }
  bool start_object(std::size_t /*elements*/) { return open(); }
  bool end_object() { return close(); }
  bool start_array(std::size_t /*elements*/) { return open(); }
  bool end_array() { return close(); }

  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const Json::exception& error) {
    // The parser's own text quotes the input.
    if (error.id == 406) {
      refuse(use_, "has a number beyond the range of a double; write it as a string");
    }
    refuse(use_, "is not valid JSON: stopped at byte " + std::to_string(position));
  }

 private:
  bool open() {
    if (++levels_ > use_.levels) refuse_json_depth(use_);
    return true;
  }
  bool close() {
    --levels_;
    return true;
  }

  const JsonUse& use_;
  std::size_t levels_ = 0;
};

}  // namespace

void refuse_json(std::string_view json, const JsonUse& use) {
  FaultFinder finder(use);
  (void)nlohmann::json::sax_parse(json.begin(), json.end(), &finder);
  refuse(use, "is not valid JSON");
}

void refuse_json_array(const JsonUse& use) { refuse(use, "must be a JSON object, not an array"); }

void refuse_json_value(const JsonUse& use) {
  refuse(use, "must be a JSON object, not a single value");
}

void refuse_json_whole_number(const JsonUse& use) {
  refuse(use, "has a whole number beyond 64 bits; write it as a string or with a decimal point");
}

void refuse_json_depth(const JsonUse& use) {
  refuse(use, "is nested deeper than " + std::to_string(use.levels) + " levels" +
                  std::string(use.levels_cause) + "; flatten it");
}

void refuse_json_repeat(const JsonUse& use) {
  refuse(use, "has a field name twice in one object; remove one of the fields");
}

void refuse_json_size() {
  refuse(output_json, "is larger than " + std::to_string(limits::content_bytes) +
                          " bytes as BSON; store less, or split it");
}

void check_json_name(std::string_view name) {
  if (name.empty())
    refuse(output_json, "has an empty field name, which MongoDB's drivers refuse; name it");
  if (name.find('\0') != std::string_view::npos) {
    refuse(output_json, "has a field name with a NUL character; remove it");
  }
  if (name.size() > limits::content_bytes) refuse_json_size();
}

}  // namespace polystore::values
