#include "values/json_fault.hpp"

#include "polystore/error.hpp"
#include "polystore/limits.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace polystore::values {
namespace {

[[noreturn]] void refuse(const std::string& message) {
  throw_invalid_argument("read JSON", "output", message);
}

// Takes the events of nlohmann's SAX parser, which knows at which byte it stopped, and refuses at
// the first fault.
class FaultFinder {
 public:
  using Json = nlohmann::json;

  bool null() { return true; }
  bool boolean(bool /*value*/) { return true; }
  bool number_integer(std::int64_t /*value*/) { return true; }
  bool number_unsigned(std::uint64_t /*value*/) { return true; }
  bool number_float(double /*value*/, const std::string& token) {
    if (token.find_first_of(".eE") == std::string::npos) refuse_json_whole_number();
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
    if (error.id == 406) refuse("has a number beyond the range of a double; write it as a string");
    refuse("is not valid JSON: stopped at byte " + std::to_string(position));
  }

 private:
  bool open() {
    if (++levels_ > limits::output_levels) refuse_json_depth();
    return true;
  }
  bool close() {
    --levels_;
    return true;
  }

  std::size_t levels_ = 0;
};

}  // namespace

void refuse_json(std::string_view json) {
  FaultFinder finder;
  (void)nlohmann::json::sax_parse(json.begin(), json.end(), &finder);
  refuse("is not valid JSON");
}

void refuse_json_array() { refuse("must be a JSON object, not an array"); }

void refuse_json_value() { refuse("must be a JSON object, not a single value"); }

void refuse_json_whole_number() {
  refuse("has a whole number beyond 64 bits; write it as a string or with a decimal point");
}

void refuse_json_size() {
  refuse("is larger than " + std::to_string(limits::content_bytes) +
         " bytes as BSON; store less, or split it");
}

void refuse_json_depth() {
  refuse("is nested deeper than " + std::to_string(limits::output_levels) +
         " levels (MongoDB takes 180, and one is around the output); flatten it");
}

void check_json_name(std::string_view name) {
  if (name.empty()) refuse("has an empty field name, which MongoDB's drivers refuse; name it");
  if (name.find('\0') != std::string_view::npos) {
    refuse("has a field name with a NUL character; remove it");
  }
  if (name.size() > limits::content_bytes) refuse_json_size();
}

}  // namespace polystore::values
