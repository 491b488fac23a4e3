#pragma once

#include "polystore/export.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace polystore {

/// Whose answers may be given to whom: a request never gets an answer that another tenant's request
/// led to. There is no default, so that nobody shares by forgetting. A value type; any thread.
class POLYSTORE_EXPORT Tenant {
 public:
  /// 1 to limits::tenant_characters characters of UTF-8 without NUL; checked where it is used.
  [[nodiscard]] static Tenant named(std::string name);
  /// Answers that everybody may get.
  [[nodiscard]] static Tenant shared() noexcept { return {}; }

  [[nodiscard]] bool is_shared() const noexcept { return !name_; }
  /// Empty when shared.
  [[nodiscard]] const std::string& name() const noexcept;

  friend bool operator==(const Tenant&, const Tenant&) = default;

 private:
  Tenant() noexcept = default;

  std::optional<std::string> name_;
};

/// One turn of a conversation.
struct Message {
  std::string role{};     ///< "system", "user", "assistant", "tool", …
  std::string content{};  ///< Text.
  std::string name{};     ///< Of the participant or tool; may be empty.
  /// A JSON object with all else that the model sees of this turn: tool calls, digests of images;
  /// may be empty.
  std::string extra{};

  friend bool operator==(const Message&, const Message&) = default;
};

/// How tokens are chosen. What is not set is the model's default, which is another request than the
/// same value set.
struct Sampling {
  std::optional<double> temperature{};
  std::optional<double> top_p{};
  std::optional<double> min_p{};
  std::optional<double> typical_p{};
  std::optional<double> presence_penalty{};
  std::optional<double> frequency_penalty{};
  std::optional<double> repetition_penalty{};
  std::optional<std::int64_t> top_k{};
  std::optional<std::int64_t> max_tokens{};
  std::optional<std::int64_t> seed{};
  std::vector<std::string> stop{};  ///< In order: servers differ in what the order means.
  std::string extra{};              ///< A JSON object with every other parameter; may be empty.

  friend bool operator==(const Sampling&, const Sampling&) = default;
};

/// Everything that an answer depends on. Two requests that are equal once canonical
/// (docs/cache-key.md) are one: the model is called once for both. Text is UTF-8 without NUL, JSON
/// is RFC 8259 in UTF-8.
struct Request {
  Tenant tenant;
  std::string model{};   ///< With its version, where answers depend on it.
  std::string prompt{};  ///< Or messages, or both; one of them must be there.
  std::vector<Message> messages{};
  Sampling sampling{};
  std::string tools{};            ///< JSON; may be empty.
  std::string tool_choice{};      ///< JSON; may be empty.
  std::string response_format{};  ///< JSON; may be empty.
  /// JSON: whatever else changes an answer, such as the version of a knowledge base; may be empty.
  std::string context{};
  /// Answers are this user's alone, and go when the user's are invalidated. 1 or more.
  std::optional<std::int64_t> user_id{};
  /// Answers go when one of these is invalidated. Part of the request: other tags, another entry.
  std::vector<std::string> tags{};

  friend bool operator==(const Request&, const Request&) = default;
};

}  // namespace polystore
