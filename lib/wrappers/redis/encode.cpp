#include "polystore/error.hpp"
#include "polystore/redis/wire.hpp"

#include <charconv>

namespace polystore::redis {
namespace {

// What a length and the ends of lines take at most.
constexpr std::size_t frame_bytes = 32;

std::size_t checked_size(std::span<const Command> commands) {
  std::size_t total = 0;
  for (const auto& command : commands) {
    total += frame_bytes;
    for (const auto& argument : command) {
      total += argument.size() + frame_bytes;
      if (argument.size() <= most_argument_bytes && total <= most_bytes_per_call) continue;
      throw Error({.code = ErrorCode::invalid_argument,
                   .backend = Backend::redis,
                   .operation = "run a command",
                   .field = "arguments",
                   .message =
                       "an argument is larger than 512 MiB, or all together than 1 GiB; send "
                       "less at once"});
    }
  }
  return total;
}

void append_length(char kind, std::size_t length, std::string& bytes) {
  char digits[20];  // of 2^64
  const auto end = std::to_chars(std::begin(digits), std::end(digits), length).ptr;
  bytes += kind;
  bytes.append(std::begin(digits), end);
  bytes += "\r\n";
}

}  // namespace

std::string encode(std::span<const Command> commands) {
  std::string bytes;
  bytes.reserve(checked_size(commands));
  for (const auto& command : commands) {
    append_length('*', command.size(), bytes);
    for (const auto& argument : command) {
      append_length('$', argument.size(), bytes);
      bytes += argument;
      bytes += "\r\n";
    }
  }
  return bytes;
}

}  // namespace polystore::redis
