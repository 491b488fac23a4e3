#include "write/embedded_outputs.hpp"

#include "polystore/error.hpp"

#include "values/read_copy.hpp"
#include "values/vector_body.hpp"
#include "values/vector_fit.hpp"
#include "values/vector_key.hpp"

#include <array>
#include <utility>

namespace polystore::write {
namespace {

using ports::OutputOutcome;
using ports::OutputStatus;

constexpr std::string_view deliver_operation = "store an embedding";

bool is_permanent(const Error& error) {
  return error.code() == ErrorCode::invalid_argument || error.code() == ErrorCode::data_loss;
}

}  // namespace

ports::VectorPort& EmbeddedOutputs::vectors() const {
  if (vectors_ != nullptr) return *vectors_;
  throw Error({.code = ErrorCode::unsupported,
               .operation = std::string(deliver_operation),
               .message = "this store was put together without vectors"});
}

template <class Call>
void EmbeddedOutputs::guarded(Call call) {
  if (!breaker_.allows()) {
    throw Error({.code = ErrorCode::unavailable,
                 .retryable = true,
                 .operation = std::string(deliver_operation),
                 .message = "the vector store failed a moment ago; it is tried again soon"});
  }
  try {
    call();
  } catch (const Error& error) {
    if (error.retryable()) {
      breaker_.failed();
    } else {
      breaker_.succeeded();
    }
    throw;
  }
  breaker_.succeeded();
}

std::vector<OutputOutcome> EmbeddedOutputs::write(std::span<const ports::OutputDocument> documents,
                                                  Deadline deadline) {
  auto outcomes = outputs_.write(documents, deadline);
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    if (outcomes[i].status != OutputStatus::stored) continue;
    if (values::has_embedding(documents[i].bson)) outcomes[i] = deliver(documents[i], deadline);
  }
  return outcomes;
}

OutputOutcome EmbeddedOutputs::deliver(const ports::OutputDocument& document, Deadline deadline) {
  try {
    put(document, deadline);
    return {OutputStatus::stored};
  } catch (const Error& error) {
    return {is_permanent(error) ? OutputStatus::rejected : OutputStatus::unacknowledged, error};
  }
}

void EmbeddedOutputs::put(const ports::OutputDocument& document, Deadline deadline) {
  const Content content = values::decode_read_copy(document.bson);
  const Embedding& embedding = *content.embedding;
  const Vector vector{.name = values::embedding_name(document.bson),
                      .values = embedding.values,
                      .model = embedding.model,
                      .tags = content.metadata.tags};
  guarded([&] {
    const auto space =
        vectors()
            .ensure_space({.name = embedding.space, .dimensions = embedding.values.size()},
                          deadline)
            .space;
    values::check_vector_fits(deliver_operation, "embedding", embedding.values, space);
    const std::array entries{ports::OrderedEntry{.key = values::encode_vector_key(vector.name),
                                                 .body = values::encode_vector_body(vector, space),
                                                 .order = document.version}};
    vectors().put_ordered(space, entries, deadline);
  });
}

// Documents last: only they tell which vectors and bodies are theirs.
void EmbeddedOutputs::erase(std::span<const ContentId> ids, Deadline deadline) {
  std::vector<std::string> keys;
  std::vector<ContentId> bodies;
  for (const auto& found : outputs_.find_attached(ids, deadline)) {
    if (values::has_embedding(found.bson)) {
      keys.push_back(values::encode_vector_key(values::embedding_name(found.bson)));
    }
    if (const auto body = values::body_of_read_copy(found.bson)) bodies.push_back(body->id);
  }
  if (!keys.empty()) guarded([&] { vectors().forget(keys, deadline); });
  if (!bodies.empty()) outputs_.bodies().erase(bodies, deadline);
  outputs_.erase(ids, deadline);
}

}  // namespace polystore::write
