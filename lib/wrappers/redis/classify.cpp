#include "polystore/redis/classify.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace polystore::redis {
namespace {

struct Row {
  std::string_view word;
  Classification meaning;
};

using enum ErrorCode;

constexpr std::array rows{
    // Later the same server will answer.
    Row{"LOADING", {unavailable, true, Scope::command}},
    Row{"BUSY", {unavailable, true, Scope::command}},
    Row{"TRYAGAIN", {unavailable, true, Scope::command}},
    Row{"MASTERDOWN", {unavailable, true, Scope::command}},
    Row{"CLUSTERDOWN", {unavailable, true, Scope::command}},
    Row{"NOREPLICAS", {unavailable, true, Scope::command}},
    Row{"MISCONF", {unavailable, true, Scope::command}},
    // Another node of the cluster will, and this one has other keys.
    Row{"MOVED", {unavailable, true, Scope::command}},
    Row{"ASK", {unavailable, true, Scope::command}},
    Row{"OOM", {overloaded, true, Scope::command}},
    // Another server will answer, or this one on a new connection.
    Row{"READONLY", {unavailable, true, Scope::connection}},
    Row{"UNBLOCKED", {unavailable, true, Scope::connection}},
    // Configuration.
    Row{"NOAUTH", {access_denied, false, Scope::connection}},
    Row{"WRONGPASS", {access_denied, false, Scope::connection}},
    Row{"DENIED", {access_denied, false, Scope::connection}},
    Row{"NOPERM", {access_denied, false, Scope::command}},
    Row{"NOPROTO", {unsupported, false, Scope::connection}},
    // The call.
    Row{"WRONGTYPE", {invalid_argument, false, Scope::command}},
    Row{"CROSSSLOT", {invalid_argument, false, Scope::command}},
    Row{"NOSCRIPT", {not_found, true, Scope::command}},
    Row{"EXECABORT", {invalid_argument, false, Scope::command}},
};

}  // namespace

Classification classify(std::string_view error) noexcept {
  if (error.starts_with("ERR max number of clients")) {
    return {overloaded, true, Scope::connection};
  }
  // Before Redis 6 a wrong password had no word of its own.
  if (error.starts_with("ERR invalid password") || error.starts_with("ERR Client sent AUTH") ||
      error.starts_with("ERR AUTH")) {
    return {access_denied, false, Scope::connection};
  }
  const std::string_view word = error_word(error);
  const auto* const found = std::ranges::find(rows, word, &Row::word);
  return found == rows.end() ? Classification{internal, false, Scope::command} : found->meaning;
}

std::string_view error_word(std::string_view error) noexcept {
  const std::string_view word = error.substr(0, error.find(' '));
  const bool plain = !word.empty() && word.size() <= 32 && std::ranges::all_of(word, [](char c) {
    return std::isupper(static_cast<unsigned char>(c)) != 0;
  });
  return plain ? word : "ERR";
}

}  // namespace polystore::redis
