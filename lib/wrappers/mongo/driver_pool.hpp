#pragma once

#include "polystore/deadline.hpp"
#include "polystore/fork_stamp.hpp"
#include "polystore/mongo/handles.hpp"

#include <memory>
#include <mutex>
#include <unordered_map>

namespace polystore::mongo {

/// What the streams of one driver client look at: when the call under way must have ended.
struct CallContext {
  Deadline deadline = Deadline::immediate();
};

/// The driver's pool, with one CallContext per driver client. The driver keeps a client's streams
/// when the client goes back, and they point to its context: so contexts live as long as the pool.
/// In a forked child nothing is destroyed: the driver's threads are gone, and it would wait for
/// them. Threads: any.
class DriverPool {
 public:
  struct Taken {
    mongoc_client_t* client;
    CallContext* context;
  };

  explicit DriverPool(DriverPoolHandle pool) : pool_(std::move(pool)) {}
  DriverPool(const DriverPool&) = delete;
  DriverPool& operator=(const DriverPool&) = delete;
  ~DriverPool() {
    if (!stamp_.inherited()) return;
    (void)pool_.release();
    for (auto& entry : contexts_) (void)entry.second.release();
  }

  /// Never blocks; a null client when all are out.
  Taken take() {
    const std::lock_guard lock(mutex_);
    mongoc_client_t* client = mongoc_client_pool_try_pop(pool_.get());
    if (client == nullptr) return {nullptr, nullptr};
    auto& context = contexts_[client];
    if (!context) context = std::make_unique<CallContext>();
    return {client, context.get()};
  }

  void give_back(mongoc_client_t* client) noexcept { mongoc_client_pool_push(pool_.get(), client); }

 private:
  const ForkStamp stamp_;
  std::mutex mutex_;
  std::unordered_map<mongoc_client_t*, std::unique_ptr<CallContext>> contexts_;  // by mutex_
  DriverPoolHandle pool_;  // last: destroyed before the contexts
};

}  // namespace polystore::mongo
