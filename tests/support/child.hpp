#pragma once

#include <sys/wait.h>
#include <unistd.h>

namespace polystore::test {

/// Runs `body` in a forked child, which ends by returning from it, with destructors of its scope
/// but none of the parent's. Its exit status, or -1 when a signal ended it.
template <class Body>
int child_status(Body body) {
  const pid_t child = fork();
  if (child == 0) _exit(body());
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status);
}

}  // namespace polystore::test
