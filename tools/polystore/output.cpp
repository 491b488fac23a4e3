#include "output.hpp"

#include <fmt/core.h>

#include <cstdio>

namespace polystore::tool {
namespace {

// Not fmt::print, which throws: finish() looks once whether all of it was written.
void print_line(std::FILE* file, std::string text) noexcept {
  text += '\n';
  (void)std::fwrite(text.data(), 1, text.size(), file);
}

}  // namespace

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

void complain(std::string_view message) noexcept {
  print_line(stderr, fmt::format("polystore: {}", message));
}

void Output::line(const std::string& text) const {
  if (lines_) print_line(stdout, text);
}

void Output::error(const Error& error) {
  report_["error"] = {{"code", to_string(error.code())},    {"backend", to_string(error.backend())},
                      {"operation", error.operation()},     {"field", error.field()},
                      {"native_code", error.native_code()}, {"message", error.message()}};
  if (!json_) complain(error.what());
}

void Output::error(const std::string& message) {
  report_["error"] = {{"code", "internal"}, {"message", message}};
  if (!json_) complain(message);
}

int Output::finish(ExitCode code) {
  report_["exit_code"] = static_cast<int>(code);
  // A server's message may be in any encoding; dump() alone throws at one that is not UTF-8.
  if (json_) {
    print_line(stdout, report_.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  }
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    complain("the standard output can't be written");
    if (code == ExitCode::good) code = ExitCode::found;
  }
  return static_cast<int>(code);
}

}  // namespace polystore::tool
