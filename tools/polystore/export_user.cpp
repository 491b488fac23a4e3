#include "commands.hpp"

#include <fmt/core.h>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>

namespace polystore::tool {
namespace {

// Where the lines go. A file is made for its owner alone; one that an earlier call began is added
// to with --after only, so that no export overwrites another.
class LineFile {
 public:
  LineFile(const std::string& path, bool goes_on) {
    if (path.empty()) return;
    const int flags = goes_on ? O_WRONLY | O_APPEND : O_WRONLY | O_CREAT | O_EXCL;
    const int file = open(path.c_str(), flags | O_CLOEXEC, 0600);
    if (file >= 0) opened_.reset(fdopen(file, "a"));
    if (!opened_) fail();
  }

  void write(std::string_view line) {
    if (std::fwrite(line.data(), 1, line.size(), stream()) != line.size()) fail();
  }

  /// Everything is in the file when it returns.
  void finish() {
    if (std::fflush(stream()) != 0) fail();
    if (opened_ && fsync(fileno(opened_.get())) != 0) fail();
  }

 private:
  struct Close {
    void operator()(std::FILE* file) const noexcept { (void)std::fclose(file); }
  };

  [[noreturn]] static void fail() {
    throw std::runtime_error(std::string("the export can't be written: ") + std::strerror(errno));
  }
  [[nodiscard]] std::FILE* stream() const noexcept { return opened_ ? opened_.get() : stdout; }

  std::unique_ptr<std::FILE, Close> opened_;
};

void tell_where_to_go_on(Run& run, const std::string& next) {
  if (next.empty()) return;
  run.output.set("next", next);
  if (!run.arguments.json) complain("go on with --after " + next);
}

}  // namespace

ExitCode export_user(Run& run) {
  const Arguments& arguments = run.arguments;
  ContentStore store = open_store(run);
  LineFile file(arguments.output, arguments.after.has_value());
  std::string next;
  ExportReport report;
  try {
    report = store.export_user(
        arguments.user_id,
        [&](const ExportedLine& line) {
          file.write(line.text);
          next = line.next.text;
        },
        arguments.after, run.deadline);
  } catch (const Error&) {
    file.finish();
    tell_where_to_go_on(run, next);
    throw;
  }
  file.finish();
  run.output.set("user_found", report.user_found);
  run.output.set("complete", report.complete);
  run.output.set("contents", report.contents);
  run.output.set("damaged", report.damaged);
  if (!arguments.output.empty()) {
    run.output.line(fmt::format("contents exported  {}", report.contents));
    run.output.line(fmt::format("without an output  {}", report.damaged));
  }
  if (!report.user_found) {
    run.output.error("there is no such user");
    return ExitCode::found;
  }
  if (!report.complete) {
    run.output.error("the deadline came before the end");
    tell_where_to_go_on(run, next);
    return ExitCode::late;
  }
  return report.damaged > 0 ? ExitCode::found : ExitCode::good;
}

}  // namespace polystore::tool
