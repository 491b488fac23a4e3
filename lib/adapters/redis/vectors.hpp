#pragma once

#include "polystore/redis/reply.hpp"
#include "polystore/redis/wire.hpp"

#include "adapters/redis/server.hpp"
#include "ports/vector_port.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace polystore::adapters::redis {

/// VectorPort on plain Redis, without modules:
///   {polystore:vectors}:data    a hash: the key of each vector, its version, a space and its body
///   {polystore:vectors}:log     a stream of the keys that changed, each with a random mark
///   {polystore:vectors}:orders  a hash: the keys of contents' vectors, and the contents' versions
///   {polystore:vectors}:forgotten  a sorted set: keys of erased contents, by second
///   {polystore:vectors}:spaces  a hash: the name of each space, and "384 cosine float32"
/// In a cluster all are in one slot. A script changes data and log together. A version is the id of
/// the log's entry, and an entry with another mark tells of a server that lost what it had
/// acknowledged.
class RedisVectors : public ports::VectorPort {
 public:
  /// The log keeps as many changes as there are vectors, so that it goes back as far as a scan
  /// takes, and at least `least_log`.
  RedisVectors(const polystore::redis::ConnectOptions& options, std::size_t least_log)
      : least_log_(least_log), server_(options) {}

  Space ensure_space(const VectorSpace& space, Deadline deadline) override;
  std::optional<VectorSpace> find_space(const std::string& name, Deadline deadline) override;
  std::vector<std::int64_t> put(const VectorSpace& space,
                                std::span<const ports::VectorEntry> entries,
                                Deadline deadline) override;
  std::optional<ports::StoredVector> get(const std::string& key, Deadline deadline) override;
  std::optional<std::int64_t> erase(const std::string& key, Deadline deadline) override;
  void put_ordered(const VectorSpace& space, std::span<const ports::OrderedEntry> entries,
                   Deadline deadline) override;
  void forget(std::span<const std::string> keys, Deadline deadline) override;
  ports::VectorPosition last_position(Deadline deadline) override;
  ports::VectorChanges changes(const ports::VectorLogRead& read, Deadline deadline) override;
  ports::VectorScan scan(const std::string& from, Deadline deadline) override;
  void migrate(Deadline /*deadline*/) override {}
  std::vector<HealthCheck> check(Deadline deadline) override;
  void close() noexcept override { server_.close(); }

 private:
  polystore::redis::Reply run(const polystore::redis::Command& command, Deadline deadline) {
    return std::move(run_all({&command, 1}, deadline).front());
  }
  std::vector<polystore::redis::Reply> run_all(Server::Commands commands, Deadline deadline);
  std::vector<std::int64_t> put_part(const VectorSpace& space,
                                     std::span<const ports::VectorEntry> entries,
                                     Deadline deadline);
  void add_present(ports::VectorChanges& changes, Deadline deadline);

  const std::size_t least_log_;
  Server server_;
};

}  // namespace polystore::adapters::redis
