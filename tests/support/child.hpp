#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <utility>

namespace polystore::test {

/// Runs `body` in a forked child, which ends by returning from it, with destructors of its scope
/// but none of the parent's. Where the process has other threads the body must do little: what one
/// of them holds at that moment, of the sanitizers' locks too, nobody gives back in the child.
template <class Body>
pid_t start_child(Body body) {
  const pid_t child = fork();
  if (child == 0) _exit(body());
  return child;
}

/// Waits for a child's end. Its exit status, or -1 when a signal ended it.
inline int status_of(pid_t child) {
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status);
}

/// Starts a child and waits for its end.
template <class Body>
int child_status(Body body) {
  return status_of(start_child(std::move(body)));
}

}  // namespace polystore::test
