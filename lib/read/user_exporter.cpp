#include "read/user_exporter.hpp"

#include "read/body_reader.hpp"
#include "support/require_time.hpp"
#include "values/body_chunk.hpp"
#include "values/content_json.hpp"
#include "values/cursor.hpp"

#include <chrono>
#include <optional>
#include <utility>
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

ports::ListPosition position_of(const Metadata& row) {
  return {.generated_at = row.generated_at, .id = row.id};
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
    for (std::size_t i = 0; i < rows.size(); ++i) export_one(run, rows[i], found[i]);
    run.after = position_of(rows.back());
  }
}

void UserExporter::export_one(Run& run, const Metadata& row, const Found& found) const {
  const auto& error = found.error;
  if (error && error->code() != ErrorCode::data_loss) throw Error(*error);
  if (!error && !found.content) return;  // erased meanwhile
  const ports::ListPosition at = position_of(row);
  if (error) {
    tell(run, values::lost_content_line(row), at);
    ++run.report.damaged;
  } else if (const Content& content = *found.content; !content.body) {
    tell(run, values::content_line(content), at);
  } else {
    export_body(run, content, run.after.value_or(first_position), at);
  }
  ++run.report.contents;
}

// Only the last line goes on behind the content: who stops before gets it again, whole.
void UserExporter::export_body(Run& run, const Content& content, const ports::ListPosition& before,
                               const ports::ListPosition& at) const {
  const Body& body = *content.body;
  const ContentId& id = content.metadata.id;
  const std::int32_t chunks = values::body_chunks(body);
  tell(run, values::content_line(content), chunks == 0 ? at : before);
  BodyReader reader(bodies_, [&](const ContentId& which, Deadline deadline) {
    auto found = std::move(lookup_.get({&which, 1}, deadline).front());
    if (found.error) throw Error(*found.error);
    return std::move(found.content);
  });
  bool damaged = false;
  for (std::int32_t chunk = 0; chunk < chunks; ++chunk) {
    std::optional<std::vector<std::byte>> bytes;
    try {
      bytes = reader.read_chunk(id, body, chunk, run.deadline);
      if (!bytes) return;  // erased meanwhile
    } catch (const Error& error) {
      if (error.code() != ErrorCode::data_loss) throw;
      damaged = true;
    }
    tell(run, values::body_line(id, chunk, bytes), chunk + 1 == chunks ? at : before);
  }
  if (damaged) ++run.report.damaged;
}

void UserExporter::tell(Run& run, std::string_view text, const ports::ListPosition& at) {
  support::require_time(run.deadline, "export_user");
  run.sink({.text = text, .next = cursor_at(at)});
  run.told = true;
  run.after = at;
}

}  // namespace polystore::read
