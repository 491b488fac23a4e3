#pragma once

#include "polystore/deadline.hpp"
#include "polystore/export.hpp"
#include "polystore/fork_stamp.hpp"
#include "polystore/mongo/handles.hpp"

#include <memory>
#include <string>

namespace polystore::mongo {

class DriverPool;  // of libmongoc's clients; see make_pool
struct CallContext;

/// One client of the driver's pool, whose reads and writes end by the deadline of the call under
/// way: the driver itself has timeouts per system call and per phase only.
/// Nothing is retried here; what a caller repeats must be idempotent.
/// Threads: one at a time. Fork: a child's calls throw `closed`; its copy is leaked.
class POLYSTORE_EXPORT Client {
 public:
  /// How long a call waits for a usable server, if its deadline leaves more.
  static constexpr std::chrono::seconds longest_selection{2};

  /// For make_pool (pool.hpp). Errors: overloaded when the driver's pool has no client left.
  explicit Client(std::shared_ptr<DriverPool> pool);
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client();

  /// Runs a command on the primary, with maxTimeMS from the deadline, and returns the reply.
  /// Blocks until `deadline` at most.
  /// A reply with writeErrors or a writeConcernError is a reply: read it with parse_write_reply.
  /// Errors: classify() says code and outcome; native_code is "domain/code".
  [[nodiscard]] Bson run(const std::string& database, Bson command, Deadline deadline);

  /// False in a forked child.
  [[nodiscard]] bool healthy() const noexcept { return !stamp_.inherited(); }

 private:
  void await_server(Deadline deadline);

  ForkStamp stamp_;
  std::shared_ptr<DriverPool> pool_;
  mongoc_client_t* client_ = nullptr;
  CallContext* context_ = nullptr;
};

}  // namespace polystore::mongo
