#include "write/plan.hpp"

#include "values/content_hash.hpp"
#include "values/read_copy.hpp"
#include "values/text.hpp"

namespace polystore::write {

PlannedPut plan_put(const Draft& draft, Timestamp now, const std::optional<Body>& body) {
  PlannedPut plan;
  plan.row.metadata = {.id = draft.id ? *draft.id : ContentId::generate(),
                       .version = 1,
                       .title = draft.title,
                       .model = draft.model,
                       .user_id = draft.user_id,
                       .tenant = draft.tenant,
                       .generated_at = draft.generated_at.value_or(now),
                       .tags = draft.tags,
                       .usage = draft.usage};
  plan.row.hash = values::content_hash(draft, body);
  plan.row.title_words = values::fold_words(draft.title);
  plan.read_copy =
      values::encode_read_copy(plan.row.metadata, draft.output, "put", draft.embedding, body);
  plan.embedded = draft.embedding.has_value();
  return plan;
}

}  // namespace polystore::write
