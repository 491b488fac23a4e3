#pragma once

#include "polystore/request.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string>

/// Reads cache_key_vectors.json.
namespace polystore::test {

using Json = nlohmann::json;

inline const Json& vectors() {
  static const Json read = [] {
    std::ifstream file(POLYSTORE_TEST_VECTORS);
    if (!file) throw std::runtime_error("cannot read " POLYSTORE_TEST_VECTORS);
    return Json::parse(file);
  }();
  return read;
}

inline std::string from_hex(const std::string& digits) {
  std::string bytes;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

inline std::uint64_t hash_of(const std::string& digits) { return std::stoull(digits, nullptr, 16); }

inline Tenant tenant_of(const Json& holder) {
  const auto found = holder.find("tenant");
  if (found == holder.end() || found->is_null()) return Tenant::shared();
  return Tenant::named(*found);
}

template <class T>
std::optional<T> optional_of(const Json& holder, const char* name) {
  const auto found = holder.find(name);
  return found == holder.end() ? std::nullopt : std::optional<T>(found->get<T>());
}

inline Sampling sampling_of(const Json& json) {
  return {.temperature = optional_of<double>(json, "temperature"),
          .top_p = optional_of<double>(json, "top_p"),
          .min_p = optional_of<double>(json, "min_p"),
          .typical_p = optional_of<double>(json, "typical_p"),
          .presence_penalty = optional_of<double>(json, "presence_penalty"),
          .frequency_penalty = optional_of<double>(json, "frequency_penalty"),
          .repetition_penalty = optional_of<double>(json, "repetition_penalty"),
          .top_k = optional_of<std::int64_t>(json, "top_k"),
          .max_tokens = optional_of<std::int64_t>(json, "max_tokens"),
          .seed = optional_of<std::int64_t>(json, "seed"),
          .stop = json.value("stop", std::vector<std::string>{}),
          .extra = json.value("extra", "")};
}

inline Request request_of(const Json& json) {
  Request request{.tenant = tenant_of(json),
                  .model = json.at("model"),
                  .prompt = json.value("prompt", ""),
                  .sampling = sampling_of(json.value("sampling", Json::object())),
                  .tools = json.value("tools", ""),
                  .tool_choice = json.value("tool_choice", ""),
                  .response_format = json.value("response_format", ""),
                  .context = json.value("context", ""),
                  .user_id = optional_of<std::int64_t>(json, "user_id"),
                  .tags = json.value("tags", std::vector<std::string>{})};
  for (const Json& message : json.value("messages", Json::array())) {
    request.messages.push_back({.role = message.value("role", ""),
                                .content = message.value("content", ""),
                                .name = message.value("name", ""),
                                .extra = message.value("extra", "")});
  }
  return request;
}

}  // namespace polystore::test
