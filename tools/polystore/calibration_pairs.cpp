#include "calibration.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>
#include <polystore/error.hpp>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <system_error>

namespace polystore::tool {
namespace {

class PairReader {
 public:
  explicit PairReader(const std::string& path) : path_(path), file_(path, std::ios::binary) {
    if (!file_) {
      throw_invalid_argument("calibrate", "pairs",
                             fmt::format("{} can't be opened: {}; name a file of JSON Lines",
                                         shown_name(path), std::generic_category().message(errno)));
    }
  }

  std::vector<LabelledPair> read() {
    std::vector<LabelledPair> pairs;
    std::string text;
    while (std::getline(file_, text)) {
      ++line_;
      pairs.push_back(read_line(text));
    }
    if (file_.bad()) refuse("the file can't be read to its end");
    const auto same = std::ranges::count(pairs, true, &LabelledPair::same);
    if (same == 0 || same == std::ssize(pairs)) {
      throw_invalid_argument(
          "calibrate", "pairs",
          fmt::format("{} has {} pairs of which {} are the same; rates need both kinds: add some",
                      shown_name(path_), pairs.size(), same));
    }
    return pairs;
  }

 private:
  [[noreturn]] void refuse(const std::string& why) const {
    throw_invalid_argument("calibrate", "pairs",
                           fmt::format("{}, line {}: {}", shown_name(path_), line_, why));
  }

  LabelledPair read_line(const std::string& text) const {
    nlohmann::json json;
    try {
      json = nlohmann::json::parse(text);
    } catch (const nlohmann::json::parse_error& error) {
      refuse(fmt::format(
          "not valid JSON: stopped at byte {}; write one object with a, b and same a line",
          error.byte));
    }
    if (!json.is_object()) refuse("not a JSON object; write one with a, b and same a line");
    LabelledPair pair{.a = text_of(json, "a"), .b = text_of(json, "b")};
    const auto same = json.find("same");
    if (same == json.end()) refuse("the field same is missing; it is true or false");
    if (!same->is_boolean()) refuse("the field same must be true or false");
    pair.same = same->get<bool>();
    return pair;
  }

  std::string text_of(const nlohmann::json& json, const char* field) const {
    const auto found = json.find(field);
    if (found == json.end()) refuse(fmt::format("the field {} is missing; it is a prompt", field));
    if (!found->is_string()) refuse(fmt::format("the field {} must be a string", field));
    return found->get<std::string>();
  }

  const std::string& path_;
  std::ifstream file_;
  std::size_t line_ = 0;
};

}  // namespace

std::string shown_name(const std::string& path) {
  return path.find("://") == std::string::npos ? path : "the URL";
}

std::vector<LabelledPair> read_pairs(const std::string& path) { return PairReader(path).read(); }

}  // namespace polystore::tool
