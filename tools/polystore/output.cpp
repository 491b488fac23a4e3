#include "output.hpp"

#include <fmt/core.h>

#include <cstdio>

namespace polystore::tool {

ExitCode exit_code_of(const Error& error) noexcept {
  switch (error.code()) {
    case ErrorCode::invalid_argument:
      return ExitCode::usage;
    case ErrorCode::unavailable:
    case ErrorCode::overloaded:
      return ExitCode::unreachable;
    case ErrorCode::deadline_exceeded:
      return ExitCode::late;
    default:
      return ExitCode::found;
  }
}

void Output::line(const std::string& text) const {
  if (lines_) fmt::print("{}\n", text);
}

void Output::error(const Error& error) {
  report_["error"] = {{"code", to_string(error.code())},    {"backend", to_string(error.backend())},
                      {"operation", error.operation()},     {"field", error.field()},
                      {"native_code", error.native_code()}, {"message", error.message()}};
  if (!json_) fmt::print(stderr, "polystore: {}\n", error.what());
}

void Output::error(const std::string& message) {
  report_["error"] = {{"code", "internal"}, {"message", message}};
  if (!json_) fmt::print(stderr, "polystore: {}\n", message);
}

int Output::finish(ExitCode code) {
  report_["exit_code"] = static_cast<int>(code);
  if (json_) fmt::print("{}\n", report_.dump());
  return static_cast<int>(code);
}

}  // namespace polystore::tool
