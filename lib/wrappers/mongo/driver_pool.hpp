#pragma once

#include "polystore/deadline.hpp"
#include "polystore/fork_stamp.hpp"
#include "polystore/mongo/handles.hpp"

#include "wrappers/mongo/retire.hpp"

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
/// The pool outlives this object a little when a server is silent (retire.hpp). In a forked child
/// nothing is destroyed: the driver's threads are gone, and it would wait for them. Threads: any.
class DriverPool {
 public:
  struct Taken {
    mongoc_client_t* client;
    CallContext* context;
  };

  explicit DriverPool(DriverPoolHandle pool) : parts_(std::make_unique<Parts>()) {
    parts_->pool = std::move(pool);
  }
  DriverPool(const DriverPool&) = delete;
  DriverPool& operator=(const DriverPool&) = delete;
  ~DriverPool() {
    // Never destroyed in a forked child.
    Parts* parts = parts_.release();
    if (!stamp_.inherited()) retire([parts] { delete parts; });
  }

  /// Never blocks; a null client when all are out.
  Taken take() {
    const std::lock_guard lock(mutex_);
    mongoc_client_t* client = mongoc_client_pool_try_pop(parts_->pool.get());
    if (client == nullptr) return {nullptr, nullptr};
    auto& context = parts_->contexts[client];
    if (!context) context = std::make_unique<CallContext>();
    return {client, context.get()};
  }

  void give_back(mongoc_client_t* client) noexcept {
    mongoc_client_pool_push(parts_->pool.get(), client);
  }

 private:
  struct Parts {
    std::unordered_map<mongoc_client_t*, std::unique_ptr<CallContext>> contexts;  // by mutex_
    DriverPoolHandle pool;  // last: destroyed before the contexts
  };

  const ForkStamp stamp_;
  std::mutex mutex_;
  std::unique_ptr<Parts> parts_;
};

}  // namespace polystore::mongo
