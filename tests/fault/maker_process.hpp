#pragma once

#include "polystore/polystore.hpp"

#include "support/child.hpp"

#include <signal.h>
#include <unistd.h>

#include <cstddef>
#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace polystore::test {

/// A child process that makes the answer to a request, a chunk whenever it is told to. To be
/// started before this process has threads. Killed at the end of its scope.
class MakerProcess {
 public:
  /// Returns when the child has begun to make the answer.
  MakerProcess(const OpenOptions& options, const Request& request,
               const std::vector<std::string>& chunks) {
    if (pipe(orders_) != 0 || pipe(reports_) != 0) throw std::runtime_error("no pipe");
    child_ = start_child([&] {
      // Else the child would hold the ends whose closing ends it.
      close(orders_[1]);
      close(reports_[0]);
      return make(options, request, chunks);
    });
    if (child_ < 0) throw std::runtime_error("no process");
    close(orders_[0]);
    close(reports_[1]);
    char began = 0;
    if (read(reports_[0], &began, 1) != 1) throw std::runtime_error("the maker did not begin");
  }
  MakerProcess(const MakerProcess&) = delete;
  MakerProcess& operator=(const MakerProcess&) = delete;
  ~MakerProcess() {
    if (child_ > 0) {
      ::kill(child_, SIGKILL);
      (void)status_of(child_);
    }
    close(orders_[1]);
    close(reports_[0]);
  }

  /// Has it emit its next chunk. Never waits.
  void emit_next() const { order(); }
  /// Has it end the answer, after the last chunk.
  void finish() const { order(); }
  void kill() const { ::kill(child_, SIGKILL); }
  /// Waits for its end: 0 when its own caller got all chunks.
  int end() { return status_of(std::exchange(child_, -1)); }

 private:
  void order() const {
    if (write(orders_[1], "o", 1) != 1) throw std::runtime_error("the maker hears no order");
  }

  // In the child.
  void await_order() const {
    char order = 0;
    if (read(orders_[0], &order, 1) != 1) _exit(3);
  }

  int make(const OpenOptions& options, const Request& request,
           const std::vector<std::string>& chunks) const {
    try {
      auto store = ContentStore::open(options);
      std::vector<std::string> heard;
      (void)store.cache().stream(
          request,
          [&](Deadline, const ChunkSink& emit) {
            if (write(reports_[1], "b", 1) != 1) _exit(3);
            for (const auto& chunk : chunks) {
              await_order();
              emit(chunk);
            }
            await_order();
            return Response{.finish_reason = "stop", .usage = {.completion_tokens = 4}};
          },
          [&](std::string_view chunk) { heard.emplace_back(chunk); }, {},
          Deadline::after(std::chrono::seconds(60)));
      return heard == chunks ? 0 : 1;
    } catch (const std::exception&) {
      return 2;
    }
  }

  int orders_[2] = {-1, -1};
  int reports_[2] = {-1, -1};
  pid_t child_ = -1;
};

}  // namespace polystore::test
