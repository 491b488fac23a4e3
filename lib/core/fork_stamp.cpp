#include "polystore/fork_stamp.hpp"

#include <pthread.h>

#include <atomic>

namespace polystore {
namespace {

// A counter bumped in each forked child: getpid() would be a system call on every check, and a
// process id can come round again.
std::atomic<long> generation{0};

void on_child() { generation.fetch_add(1, std::memory_order_relaxed); }

long current_generation() noexcept {
  [[maybe_unused]] static const int registered = pthread_atfork(nullptr, nullptr, &on_child);
  return generation.load(std::memory_order_relaxed);
}

}  // namespace

ForkStamp::ForkStamp() noexcept : generation_(current_generation()) {}

bool ForkStamp::inherited() const noexcept { return generation_ != current_generation(); }

}  // namespace polystore
