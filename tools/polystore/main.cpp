// The operator's tool. docs/tool.md is its manual.
#include "commands.hpp"

#include <array>
#include <exception>
#include <string_view>
#include <utility>

namespace {

using namespace polystore::tool;

constexpr std::array<std::pair<std::string_view, ExitCode (*)(Run&)>, 12> commands{
    {{"migrate", migrate},
     {"doctor", doctor},
     {"stats", stats},
     {"relay", relay},
     {"verify", verify},
     {"sweep", sweep},
     {"dead-letters", dead_letters},
     {"retain", retain},
     {"export-user", export_user},
     {"prove-erased", prove_erased},
     {"invalidate", invalidate},
     {"calibrate", calibrate}}};

ExitCode run_command(Run& run) {
  for (const auto& [name, command] : commands) {
    if (name == run.arguments.command) return command(run);
  }
  run.output.error("there is no such command");
  return ExitCode::usage;
}

}  // namespace

int main(int argc, char** argv) {
  int exit_code = 0;
  const auto arguments = read_arguments(argc, argv, exit_code);
  if (!arguments) return exit_code;
  Output output(arguments->command, arguments->json, arguments->quiet);
  Run run{*arguments, polystore::Deadline::after(arguments->deadline), output};
  ExitCode code = ExitCode::found;
  try {
    code = run_command(run);
  } catch (const polystore::Error& error) {
    output.error(error);
    code = exit_code_of(error);
  } catch (const std::exception& error) {
    output.error(error.what());
  }
  return output.finish(code);
}
