#include "read/user_exporter.hpp"

#include "values/content_json.hpp"
#include "values/cursor.hpp"

#include <chrono>
#include <vector>

namespace polystore::read {
namespace {

// Contents in memory at a time: each may have limits::content_bytes.
constexpr std::uint32_t contents_at_once = 16;

// Before every content.
constexpr ports::ListPosition first_position{
    .generated_at = std::chrono::sys_days(std::chrono::year(1) / std::chrono::January / 1)};

Cursor cursor_at(const ports::ListPosition& position) {
  return values::encode_cursor(position.generated_at, position.id);
}

void check_time_left(Deadline deadline) {
  if (!deadline.expired()) return;
  throw Error({.code = ErrorCode::deadline_exceeded,
               .retryable = true,
               .operation = "export_user",
               .message = "the deadline came first; give it more time"});
}

}  // namespace

ExportReport UserExporter::run(std::int64_t user_id, const ExportSink& sink,
                               const std::optional<ports::ListPosition>& after, Deadline deadline) {
  Run run{.user_id = user_id, .sink = sink, .after = after, .deadline = deadline};
  try {
    export_user(run);
    run.report.complete = true;
  } catch (const Error& error) {
    const bool late = error.code() == ErrorCode::deadline_exceeded && deadline.expired();
    if (!late || !run.told) throw;
    run.report.next = cursor_at(*run.after);
  }
  return run.report;
}

void UserExporter::export_user(Run& run) const {
  const auto user = metadata_.find_user(run.user_id, run.deadline);
  run.report.user_found = user.has_value();
  if (!user) return;
  if (!run.after) {
    tell(run, values::user_line(run.user_id, user->name, user->created_at), first_position);
  }
  export_contents(run);
}

void UserExporter::export_contents(Run& run) const {
  for (;;) {
    const auto rows = metadata_.find({.user_id = run.user_id,
                                      .after = run.after,
                                      .oldest_first = true,
                                      .limit = contents_at_once},
                                     run.deadline);
    if (rows.empty()) return;
    std::vector<ContentId> ids;
    for (const Metadata& row : rows) ids.push_back(row.id);
    const auto found = lookup_.get(ids, run.deadline);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto& error = found[i].error;
      if (error && error->code() != ErrorCode::data_loss) throw Error(*error);
      if (!error && !found[i].content) continue;  // erased meanwhile
      const ports::ListPosition at{.generated_at = rows[i].generated_at, .id = rows[i].id};
      if (error) {
        tell(run, values::content_line(rows[i], std::nullopt, std::nullopt), at);
        ++run.report.damaged;
      } else {
        const Content& content = *found[i].content;
        tell(run, values::content_line(content.metadata, content.output, content.embedding), at);
      }
      ++run.report.contents;
    }
    run.after = ports::ListPosition{.generated_at = rows.back().generated_at, .id = rows.back().id};
  }
}

void UserExporter::tell(Run& run, std::string_view text, const ports::ListPosition& at) {
  check_time_left(run.deadline);
  run.sink({.text = text, .next = cursor_at(at)});
  run.told = true;
  run.after = at;
}

}  // namespace polystore::read
