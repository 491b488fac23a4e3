#pragma once

#include "ports/metadata_port.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace polystore::test {

/// A real metadata store whose commits can be told to fail as a server's may.
class FaultyMetadata : public ports::MetadataPort {
 public:
  enum class Fault {
    none,
    refused,       ///< Not applied; may be repeated.
    answer_lost,   ///< Applied, but the answer does not come.
    request_lost,  ///< Not applied, and the answer does not come.
    refused_for_good,
  };

  explicit FaultyMetadata(std::unique_ptr<ports::MetadataPort> real) : real_(std::move(real)) {}

  std::atomic<Fault> fault{Fault::none};
  std::atomic<int> times{1000};        ///< How many commits fail; then they work.
  std::atomic<int> working{0};         ///< How many commits work before that.
  std::atomic<int> commits{0};         ///< How many were tried.
  std::atomic<int> failing_claims{0};  ///< How many calls of claim_outbox fail.
  std::atomic<bool> hold{false};       ///< Commits wait until this is false.
  std::function<void()> when_lost{};   ///< Called once, when a commit is lost, before it throws.

  std::unique_ptr<ports::MetadataTransaction> begin(Deadline deadline) override {
    return std::make_unique<Transaction>(*this, real_->begin(deadline));
  }
  std::vector<ports::ClaimedEntry> claim_outbox(std::size_t limit, std::chrono::milliseconds lease,
                                                Deadline deadline) override {
    if (failing_claims > 0) {
      --failing_claims;
      throw Error({.code = ErrorCode::unavailable,
                   .backend = Backend::postgres,
                   .retryable = true,
                   .message = "told to fail"});
    }
    return real_->claim_outbox(limit, lease, deadline);
  }
  std::uint64_t complete_outbox(std::span<const std::int64_t> sequences,
                                Deadline deadline) override {
    return real_->complete_outbox(sequences, deadline);
  }
  void fail_outbox(std::int64_t sequence, std::optional<std::chrono::milliseconds> delay,
                   const std::string& reason, Deadline deadline) override {
    real_->fail_outbox(sequence, delay, reason, deadline);
  }
  ports::OutboxStats outbox_stats(Deadline deadline) override {
    return real_->outbox_stats(deadline);
  }
  std::vector<ports::ListedEntry> list_outbox(ports::OutboxFilter filter, std::int64_t after,
                                              std::size_t limit, Deadline deadline) override {
    return real_->list_outbox(filter, after, limit, deadline);
  }
  std::vector<std::byte> read_outbox_body(std::int64_t sequence, Deadline deadline) override {
    return real_->read_outbox_body(sequence, deadline);
  }
  std::uint64_t revive_outbox(std::span<const std::int64_t> sequences, Deadline deadline) override {
    return real_->revive_outbox(sequences, deadline);
  }
  ports::MetadataIdentity identity(Deadline deadline) override { return real_->identity(deadline); }
  std::uint64_t count_rows(const ports::RowFilter& filter, Deadline deadline) override {
    return real_->count_rows(filter, deadline);
  }
  std::vector<Metadata> scan_rows(const ContentId& after, std::size_t limit,
                                  Deadline deadline) override {
    return real_->scan_rows(after, limit, deadline);
  }
  std::vector<Metadata> read_rows(std::span<const ContentId> ids, Deadline deadline) override {
    return real_->read_rows(ids, deadline);
  }
  std::vector<ContentId> scan_tombstones(const ContentId& after, std::size_t limit,
                                         Deadline deadline) override {
    return real_->scan_tombstones(after, limit, deadline);
  }
  std::vector<ports::IdFacts> look_up(std::span<const ContentId> ids, Deadline deadline) override {
    return real_->look_up(ids, deadline);
  }
  std::vector<bool> bury_unowned(std::span<const ContentId> ids, Deadline deadline) override {
    return real_->bury_unowned(ids, deadline);
  }
  std::int64_t invalidate_scope(const Scope& scope, std::int64_t above,
                                Deadline deadline) override {
    return real_->invalidate_scope(scope, above, deadline);
  }
  ports::EpochChanges read_epochs(std::int64_t after, std::size_t limit,
                                  Deadline deadline) override {
    return real_->read_epochs(after, limit, deadline);
  }
  std::size_t forget_epochs(const ports::ForgetParams& params, Deadline deadline) override {
    return real_->forget_epochs(params, deadline);
  }
  void migrate(Deadline deadline) override { real_->migrate(deadline); }
  std::vector<HealthCheck> check(Deadline deadline) override { return real_->check(deadline); }
  std::vector<std::optional<ports::RowState>> read_states(std::span<const ContentId> ids,
                                                          Deadline deadline) override {
    return real_->read_states(ids, deadline);
  }
  std::vector<Metadata> find(const ports::FindParams& params, Deadline deadline) override {
    return real_->find(params, deadline);
  }
  bool ensure_user(std::int64_t user_id, const std::string& name, Deadline deadline) override {
    return real_->ensure_user(user_id, name, deadline);
  }
  bool rename_user(std::int64_t user_id, const std::string& name, Deadline deadline) override {
    return real_->rename_user(user_id, name, deadline);
  }
  std::optional<ports::UserRecord> find_user(std::int64_t user_id, Deadline deadline) override {
    return real_->find_user(user_id, deadline);
  }
  void close() noexcept override { real_->close(); }

 private:
  class Transaction : public ports::MetadataTransaction {
   public:
    Transaction(FaultyMetadata& owner, std::unique_ptr<ports::MetadataTransaction> real)
        : owner_(owner), real_(std::move(real)) {}

    void start_insert(std::span<const ports::NewRow> rows, Deadline deadline) override {
      real_->start_insert(rows, deadline);
    }
    std::vector<ports::InsertStatus> finish_insert(Deadline deadline) override {
      return real_->finish_insert(deadline);
    }
    ports::UpdateResult update(const ports::RowUpdate& row, Deadline deadline) override {
      return real_->update(row, deadline);
    }
    std::vector<bool> erase(std::span<const ContentId> ids, Deadline deadline) override {
      return real_->erase(ids, deadline);
    }
    ports::ErasedOfUser erase_user(std::int64_t user_id, std::size_t limit,
                                   Deadline deadline) override {
      return real_->erase_user(user_id, limit, deadline);
    }
    ports::ErasedRows erase_matching(const ports::RowFilter& filter, std::size_t limit,
                                     Deadline deadline) override {
      return real_->erase_matching(filter, limit, deadline);
    }
    std::vector<std::int64_t> enqueue(std::span<const ports::OutboxEntry> entries,
                                      Deadline deadline) override {
      return real_->enqueue(entries, deadline);
    }
    std::int64_t invalidate_scope(const Scope& scope, Deadline deadline) override {
      return real_->invalidate_scope(scope, deadline);
    }
    ports::OutboxStats outbox_stats(Deadline deadline) override {
      return real_->outbox_stats(deadline);
    }
    ports::OutputWriter* colocated_outputs() noexcept override {
      return real_->colocated_outputs();
    }
    void commit(Deadline deadline) override {
      ++owner_.commits;
      owner_.hold.wait(true);
      const Fault fault = owner_.fault;
      if (fault == Fault::none || owner_.working-- > 0 || owner_.times-- <= 0)
        return real_->commit(deadline);
      if (fault == Fault::answer_lost) real_->commit(deadline);
      real_.reset();
      const bool lost = fault == Fault::answer_lost || fault == Fault::request_lost;
      if (const auto call = std::exchange(owner_.when_lost, nullptr); lost && call) call();
      throw Error({.code = ErrorCode::unavailable,
                   .backend = Backend::postgres,
                   .outcome = lost ? Outcome::unknown : Outcome::not_applied,
                   .retryable = fault != Fault::refused_for_good,
                   .message = "told to fail"});
    }

   private:
    FaultyMetadata& owner_;
    std::unique_ptr<ports::MetadataTransaction> real_;
  };

  std::unique_ptr<ports::MetadataPort> real_;
};

}  // namespace polystore::test
