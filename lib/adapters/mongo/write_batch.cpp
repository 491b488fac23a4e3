#include "adapters/mongo/write_batch.hpp"

#include "polystore/mongo/classify.hpp"
#include "polystore/mongo/write_reply.hpp"

#include "adapters/mongo/commands.hpp"
#include "support/failures.hpp"

namespace polystore::adapters::mongo {
namespace {

using ports::OutputOutcome;
using ports::OutputStatus;
using Outcomes = std::span<OutputOutcome* const>;

OutputOutcome outcome_of(const Error& error) {
  return {support::refused_for_good(error) ? OutputStatus::rejected : OutputStatus::unacknowledged,
          error};
}

// Sends documents by one kind of command and gathers those whose key was there already.
class Sender {
 public:
  using MakeCommand = Bson (*)(DocumentRefs documents, Deadline deadline);

  Sender(const RunCommand& run, MakeCommand make, Deadline deadline)
      : run_(run), make_(make), deadline_(deadline) {}

  // One command for all. When the server refuses the command for what one document is, each goes
  // alone, so that the others are stored. The error of the server as a whole, if there is one.
  std::optional<Error> send(DocumentRefs documents, Outcomes outcomes) {
    try {
      apply_reply(run_(make_(documents, deadline_), deadline_), documents, outcomes);
      return std::nullopt;
    } catch (const Error& error) {
      const bool one_is_at_fault = error.code() == ErrorCode::invalid_argument;
      if (!one_is_at_fault || documents.size() == 1) {
        for (OutputOutcome* outcome : outcomes) *outcome = outcome_of(error);
        return one_is_at_fault ? std::nullopt : std::optional(error);
      }
    }
    std::optional<Error> failure;
    for (std::size_t i = 0; i < documents.size(); ++i) {
      if (auto error = send(documents.subspan(i, 1), outcomes.subspan(i, 1))) failure = error;
    }
    return failure;
  }

  [[nodiscard]] const Batch& present() const noexcept { return present_; }

 private:
  void apply_reply(const Bson& reply, DocumentRefs documents, Outcomes outcomes) {
    const auto parsed = polystore::mongo::parse_write_reply(*reply.get());
    OutputOutcome written{OutputStatus::stored, std::nullopt};
    if (parsed.write_concern_error) {
      const auto code = *parsed.write_concern_error;
      written = {OutputStatus::unacknowledged, polystore::mongo::write_concern_error(code)};
    }
    for (OutputOutcome* outcome : outcomes) *outcome = written;
    for (const auto& failed : parsed.errors) {
      if (failed.index >= outcomes.size()) continue;
      *outcomes[failed.index] = outcome_of(polystore::mongo::write_error(failed.code));
      if (polystore::mongo::is_duplicate_key(failed.code)) {
        present_.add(documents[failed.index], outcomes[failed.index]);
      }
    }
  }

  const RunCommand& run_;
  const MakeCommand make_;
  const Deadline deadline_;
  Batch present_;
};

}  // namespace

std::optional<Error> insert_batch(const RunCommand& run, const Batch& batch, Deadline deadline) {
  Sender inserts(run, insert_command, deadline);
  const auto failure = inserts.send(batch.documents, batch.outcomes);
  for (OutputOutcome* outcome : inserts.present().outcomes) *outcome = {OutputStatus::present, {}};
  return failure;
}

std::optional<Error> write_batch(const RunCommand& run, const Batch& batch, Deadline deadline) {
  Sender inserts(run, insert_command, deadline);
  std::optional<Error> failure = inserts.send(batch.documents, batch.outcomes);
  Batch present = inserts.present();
  // Twice: an upsert may find nothing, and then lose a race for the key to an older version.
  for (int attempt = 0; attempt < 2 && !present.documents.empty(); ++attempt) {
    Sender replacements(run, replace_command, deadline);
    if (auto error = replacements.send(present.documents, present.outcomes)) failure = error;
    present = replacements.present();
  }
  // No version up to ours is there, and yet the key is taken: by a newer one.
  for (OutputOutcome* outcome : present.outcomes) *outcome = {OutputStatus::superseded, {}};
  return failure;
}

}  // namespace polystore::adapters::mongo
