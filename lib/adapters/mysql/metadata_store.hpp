#pragma once

#include "adapters/mysql/sql.hpp"
#include "ports/metadata_port.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace polystore::adapters::mysql {

/// The truth in a MariaDB or MySQL database (schema.cpp has its tables).
class MetadataStore final : public ports::MetadataPort {
 public:
  explicit MetadataStore(my::ConnectOptions options)
      : pool_size_(options.pool_size), pool_(my::make_pool(std::move(options))) {}

  void migrate(Deadline deadline) override;
  std::unique_ptr<ports::MetadataTransaction> begin(Deadline deadline) override;
  std::vector<std::optional<ports::RowState>> read_states(std::span<const ContentId> ids,
                                                          Deadline deadline) override;
  std::vector<Metadata> find(const ports::FindParams& params, Deadline deadline) override;
  bool ensure_user(std::int64_t user_id, const std::string& name, Deadline deadline) override;
  bool rename_user(std::int64_t user_id, const std::string& name, Deadline deadline) override;
  std::optional<ports::UserRecord> find_user(std::int64_t user_id, Deadline deadline) override;
  std::vector<HealthCheck> check(Deadline deadline) override;
  void close() noexcept override { pool_.close(); }

  std::vector<ports::ClaimedEntry> claim_outbox(std::size_t limit, std::chrono::milliseconds lease,
                                                Deadline deadline) override;
  std::uint64_t complete_outbox(std::span<const std::int64_t> sequences,
                                Deadline deadline) override;
  void fail_outbox(std::int64_t sequence, std::optional<std::chrono::milliseconds> delay,
                   const std::string& reason, Deadline deadline) override;
  ports::OutboxStats outbox_stats(Deadline deadline) override;
  std::vector<ports::ListedEntry> list_outbox(ports::OutboxFilter filter, std::int64_t after,
                                              std::size_t limit, Deadline deadline) override;
  std::vector<std::byte> read_outbox_body(std::int64_t sequence, Deadline deadline) override;
  std::uint64_t revive_outbox(std::span<const std::int64_t> sequences, Deadline deadline) override;

  ports::MetadataIdentity identity(Deadline deadline) override;
  std::uint64_t count_rows(const ports::RowFilter& filter, Deadline deadline) override;
  std::vector<Metadata> scan_rows(const ContentId& after, std::size_t limit,
                                  Deadline deadline) override;
  std::vector<Metadata> read_rows(std::span<const ContentId> ids, Deadline deadline) override;
  std::vector<ContentId> scan_tombstones(const ContentId& after, std::size_t limit,
                                         Deadline deadline) override;
  std::vector<ports::IdFacts> look_up(std::span<const ContentId> ids, Deadline deadline) override;
  std::vector<bool> bury_unowned(std::span<const ContentId> ids, Deadline deadline) override;

  std::int64_t invalidate_scope(const Scope& scope, std::int64_t above, Deadline deadline) override;
  ports::EpochChanges read_epochs(std::int64_t after, std::size_t limit,
                                  Deadline deadline) override;
  std::size_t forget_epochs(const ports::ForgetParams& params, Deadline deadline) override;

 private:
  const std::size_t pool_size_;
  my::ConnectionPool pool_;
};

}  // namespace polystore::adapters::mysql
