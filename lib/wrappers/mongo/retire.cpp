#include "wrappers/mongo/retire.hpp"

#include <pthread.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

namespace polystore::mongo {
namespace {

using namespace std::chrono_literals;

// Most pools are gone within it, and their sockets and threads with them.
constexpr auto moment = 20ms;
// A little more than the longest wait that the driver has (pool.cpp).
constexpr auto longest = 3s;

std::atomic<int> under_way{0};
std::atomic<bool> exiting{false};

template <class Done>
void wait_for(std::chrono::milliseconds most, Done done) {
  const auto end = std::chrono::steady_clock::now() + most;
  while (!done() && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(1ms);
}

// The driver is torn down after the statics of this library.
struct WaitAtExit {
  WaitAtExit() {
    // The threads stay behind in the parent.
    pthread_atfork(nullptr, nullptr, [] { under_way = 0; });
  }
  WaitAtExit(const WaitAtExit&) = delete;
  WaitAtExit& operator=(const WaitAtExit&) = delete;
  ~WaitAtExit() {
    exiting = true;
    wait_for(longest, [] { return under_way <= 0; });
  }
};

}  // namespace

void retire(std::function<void()> destroy) noexcept {
  static const WaitAtExit at_exit;
  if (exiting) return destroy();
  ++under_way;
  try {
    const auto done = std::make_shared<std::atomic<bool>>(false);
    std::thread([destroy, done] {
      destroy();
      *done = true;
      --under_way;
    }).detach();
    wait_for(moment, [&] { return done->load(); });
  } catch (const std::exception&) {  // no thread can be had
    --under_way;
    destroy();
  }
}

}  // namespace polystore::mongo
