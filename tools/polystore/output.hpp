#pragma once

#include <nlohmann/json.hpp>
#include <polystore/error.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace polystore::tool {

/// docs/tool.md tells them to users.
enum class ExitCode : std::uint8_t {
  good = 0,
  found = 1,  ///< Violations, failed checks, or the library refused.
  usage = 2,
  unreachable = 3,
  late = 4,
};

[[nodiscard]] ExitCode exit_code_of(const Error& error) noexcept;

/// Prints "polystore: <message>" on the standard error; there is nobody to tell when that fails.
void complain(std::string_view message) noexcept;

/// What a command has to say: lines for a person, or one JSON object, on the standard output.
class Output {
 public:
  Output(std::string_view command, bool json, bool quiet)
      : json_(json), lines_(!json && !quiet), report_{{"command", command}} {}

  /// A field of the JSON object. Names are documented, and stay.
  template <class Value>
  void set(const std::string& name, Value&& value) {
    report_[name] = std::forward<Value>(value);
  }

  /// A line for a person. Not printed with --json or --quiet.
  void line(const std::string& text) const;

  /// Tells of an error: a person on the standard error, also with --quiet.
  void error(const Error& error);
  void error(const std::string& message);

  /// Prints the JSON object. The last call. Returns the exit status of the process, which is not
  /// good when the standard output could not be written.
  int finish(ExitCode code);

 private:
  bool json_;
  bool lines_;
  nlohmann::ordered_json report_;
};

}  // namespace polystore::tool
