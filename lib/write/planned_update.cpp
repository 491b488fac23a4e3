#include "write/planned_update.hpp"

#include "values/read_copy.hpp"
#include "values/text.hpp"

#include <utility>

namespace polystore::write {

PlannedUpdate plan_update(Content content, std::string_view operation) {
  ++content.metadata.version;
  PlannedUpdate plan;
  plan.embedded = content.embedding.has_value();
  plan.read_copy = values::encode_read_copy(content.metadata, content.output, operation,
                                            content.embedding, content.body);
  plan.row.title_words = values::fold_words(content.metadata.title);
  plan.row.token = ContentId::generate().bytes();
  plan.row.metadata = std::move(content.metadata);
  return plan;
}

}  // namespace polystore::write
