#pragma once

#include <chrono>
#include <cstddef>

namespace polystore {

/// How a store's ResponseCache works. Part of OpenOptions.
struct CacheOptions {
  /// What copies in this process may take, with bookkeeping. Zero: none are kept. Else 1 MiB to
  /// 1 TiB.
  std::size_t near_bytes = std::size_t{64} * 1024 * 1024;
  /// How old what this process knows of changes by others may be before its copies are not given;
  /// so long an invalidation waits. 50 ms to 60 s.
  std::chrono::milliseconds near_lease{500};
  /// What the response store may add to a call, all its steps together. 1 ms to 1 s.
  std::chrono::milliseconds budget{40};
  /// For how long a process that makes an answer is believed to live without a sign of it: then
  /// another one takes over. 100 ms to 10 min.
  std::chrono::milliseconds lease{5'000};
  /// Generations at once in this process while the response store is down; further callers wait.
  /// 1 to 10,000.
  std::size_t generations_without_store = 16;
  /// Responses from this size on are compressed. At most limits::response_bytes, for never.
  std::size_t compress_from_bytes = std::size_t{4} * 1024;
  /// Threads that make answers anew in the background. 0 (never) to 64.
  std::size_t refresh_threads = 2;
};

}  // namespace polystore
