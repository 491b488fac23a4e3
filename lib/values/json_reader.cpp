#include "values/json_reader.hpp"

#include "polystore/error.hpp"
#include "polystore/limits.hpp"

#include "values/bson.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <utility>

namespace polystore::values {
namespace {

[[noreturn]] void fail(const std::string& message) {
  throw_invalid_argument("read JSON", "output", message);
}

// Takes the events of nlohmann's SAX parser and appends to a stack of open BSON objects. libbson
// keeps pointers between a parent and its open child, so levels do not move while they are open.
class BsonBuilder {
 public:
  using Json = nlohmann::json;

  [[nodiscard]] std::vector<std::byte> take() const {
    if (root_->len > limits::content_bytes) fail_size();
    return copy_bytes(*root_);
  }

  bool null() {
    return append([&](bson_t* to) { return bson_append_null(to, key_data(), key_size()); });
  }
  bool boolean(bool value) {
    return append([&](bson_t* to) { return bson_append_bool(to, key_data(), key_size(), value); });
  }
  bool number_integer(std::int64_t value) {
    if (value >= std::numeric_limits<std::int32_t>::min() &&
        value <= std::numeric_limits<std::int32_t>::max()) {
      return append([&](bson_t* to) {
        return bson_append_int32(to, key_data(), key_size(), static_cast<std::int32_t>(value));
      });
    }
    return append([&](bson_t* to) { return bson_append_int64(to, key_data(), key_size(), value); });
  }
  bool number_unsigned(std::uint64_t value) {
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      fail_whole_number();
    }
    return number_integer(static_cast<std::int64_t>(value));
  }
  bool number_float(double value, const std::string& token) {
    if (token.find_first_of(".eE") == std::string::npos) fail_whole_number();
    return append(
        [&](bson_t* to) { return bson_append_double(to, key_data(), key_size(), value); });
  }
  bool string(const std::string& value) {
    if (value.size() > limits::content_bytes) fail_size();
    return append([&](bson_t* to) {
      return bson_append_utf8(to, key_data(), key_size(), value.data(),
                              static_cast<int>(value.size()));
    });
  }
  bool binary(Json::binary_t& /*value*/) { return false; }  // no such thing in JSON text

  bool key(std::string& name) {
    if (name.empty()) fail("has an empty field name, which MongoDB's drivers refuse; name it");
    if (name.find('\0') != std::string::npos) {
      fail("has a field name with a NUL character; remove it");
    }
    if (name.size() > limits::content_bytes) fail_size();
    key_ = std::move(name);
    return true;
  }

  bool start_object(std::size_t /*elements*/) { return open(false); }
  bool end_object() { return close(); }
  bool start_array(std::size_t /*elements*/) {
    if (!has_root_) fail("must be a JSON object, not an array");
    return open(true);
  }
  bool end_array() { return close(); }

  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const Json::exception& error) {
    // The parser's own text quotes the input.
    if (error.id == 406) fail("has a number beyond the range of a double; write it as a string");
    fail("is not valid JSON: stopped at byte " + std::to_string(position));
  }

 private:
  struct Level {
    bson_t bson = BSON_INITIALIZER;
    bool is_array = false;
    std::uint32_t next_index = 0;
  };

  [[noreturn]] static void fail_whole_number() {
    fail("has a whole number beyond 64 bits; write it as a string or with a decimal point");
  }
  [[noreturn]] static void fail_size() {
    fail("is larger than " + std::to_string(limits::content_bytes) +
         " bytes as BSON; store less, or split it");
  }

  [[nodiscard]] const char* key_data() const { return key_.c_str(); }
  [[nodiscard]] int key_size() const { return static_cast<int>(key_.size()); }
  [[nodiscard]] bson_t* top() { return levels_.empty() ? root_.get() : &levels_.back()->bson; }

  void name_element() {
    if (!levels_.empty() && levels_.back()->is_array) {
      key_ = std::to_string(levels_.back()->next_index++);
    }
  }

  template <class Append>
  bool append(Append append_to) {
    if (!has_root_) fail("must be a JSON object, not a single value");
    name_element();
    if (root_->len > limits::content_bytes || !append_to(top())) fail_size();
    return true;
  }

  bool open(bool is_array) {
    if (!has_root_) {
      has_root_ = true;
      return true;
    }
    if (levels_.size() + 2 > limits::output_levels) {
      fail("is nested deeper than " + std::to_string(limits::output_levels) +
           " levels (MongoDB takes 180, and one is around the output); flatten it");
    }
    name_element();
    auto level = std::make_unique<Level>();
    level->is_array = is_array;
    const bool opened =
        is_array ? bson_append_array_begin(top(), key_data(), key_size(), &level->bson)
                 : bson_append_document_begin(top(), key_data(), key_size(), &level->bson);
    if (!opened) fail_size();
    levels_.push_back(std::move(level));
    return true;
  }

  bool close() {
    if (levels_.empty()) return true;
    const auto level = std::move(levels_.back());
    levels_.pop_back();
    const bool closed = level->is_array ? bson_append_array_end(top(), &level->bson)
                                        : bson_append_document_end(top(), &level->bson);
    if (!closed) fail_size();
    return true;
  }

  BsonOwner root_;
  bool has_root_ = false;
  std::vector<std::unique_ptr<Level>> levels_;
  std::string key_;
};

}  // namespace

std::vector<std::byte> bson_from_json(std::string_view json) {
  BsonBuilder builder;
  if (!nlohmann::json::sax_parse(json.begin(), json.end(), &builder)) {
    fail("is not valid JSON");
  }
  return builder.take();
}

}  // namespace polystore::values
