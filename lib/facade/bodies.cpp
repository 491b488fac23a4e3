#include "facade/bodies.hpp"

#include "polystore/error.hpp"

#include "facade/validate.hpp"
#include "read/body_reader.hpp"
#include "support/step_deadline.hpp"
#include "write/body_writer.hpp"
#include "write/plan.hpp"
#include "write/writer.hpp"

#include <string>
#include <utility>
#include <vector>

namespace polystore {

void Bodies::Parts::require_live() const {
  if (!closed && !stamp.inherited()) return;
  throw Error({.code = ErrorCode::closed,
               .operation = "use bodies",
               .message = "the store is closed, or belongs to the parent of this forked process; "
                          "open a new one"});
}

Bodies::Bodies(std::shared_ptr<Parts> parts) noexcept : parts_(std::move(parts)) {}
Bodies::~Bodies() = default;

ContentId Bodies::put(const Draft& draft, std::string_view media_type, const BodySource& source,
                      std::optional<Deadline> deadline) {
  Parts& parts = *parts_;
  parts.require_live();
  const support::StepDeadline steps(deadline, parts.standard_deadline);
  facade::check_media_type("put", media_type);
  if (!source) throw_invalid_argument("put", "source", "is empty; give a function");
  Draft checked = facade::checked_draft(draft);
  if (!checked.id) checked.id = ContentId::generate();
  const Timestamp now = parts.clock->system_now();
  // What can be refused is refused before the source is read.
  (void)write::plan_put(checked, now, Body{.media_type = std::string(media_type)});
  if (!parts.metadata.find_user(checked.user_id, steps.next())) throw write::unknown_user();

  write::BodyWriter writer(parts.bodies);
  const Body body = writer.write(
      {.content = *checked.id, .user_id = checked.user_id, .media_type = std::string(media_type)},
      source, steps);
  std::vector<write::PlannedPut> plans;
  plans.push_back(write::plan_put(checked, now, body));
  const auto failure = std::move(parts.lanes.put(std::move(plans), steps.next()).front());
  if (failure) {
    // In doubt the body may be a content's; if it is not, the sweeper finds out.
    if (failure->outcome() == Outcome::not_applied) writer.discard(body.id, steps.next());
    throw Error(*failure);
  }
  // A repeat of a put that had taken effect leaves that one's body to the content.
  if (draft.id) writer.discard_unless_owned(body.id, *checked.id, parts.read_content, steps.next());
  return *checked.id;
}

std::optional<Body> Bodies::read(const ContentId& id, const BodySink& sink, const BodyRange& range,
                                 std::optional<Deadline> deadline) {
  Parts& parts = *parts_;
  parts.require_live();
  if (!sink) throw_invalid_argument("read a body", "sink", "is empty; give a function");
  read::BodyReader reader(parts.bodies, parts.read_content);
  return reader.read(id, sink, range, {deadline, parts.standard_deadline});
}

}  // namespace polystore
