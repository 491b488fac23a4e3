#include "drive.hpp"

#include <poll.h>

#include <cerrno>

namespace polystore::mysql {

int await(MYSQL* connection, int events, Deadline deadline) noexcept {
  const bool read = (events & MYSQL_WAIT_READ) != 0;
  const bool write = (events & MYSQL_WAIT_WRITE) != 0;
  pollfd poller{.fd = static_cast<int>(mysql_get_socket(connection)),
                .events = static_cast<short>((read ? POLLIN : 0) | (write ? POLLOUT : 0)),
                .revents = 0};
  for (;;) {
    const int ready = ::poll(&poller, 1, deadline.remaining_ms());
    if (ready == 0) return MYSQL_WAIT_TIMEOUT;
    // On an error too: libmariadb meets it itself.
    if (ready > 0 || errno != EINTR) return events & (MYSQL_WAIT_READ | MYSQL_WAIT_WRITE);
  }
}

}  // namespace polystore::mysql
