#include "wrappers/mongo/connect_stream.hpp"

#include "polystore/error.hpp"

#include "core/resolve.hpp"
#include "wrappers/mongo/deadline_stream.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <memory>

namespace polystore::mongo {
namespace {

constexpr std::size_t read_buffer_bytes = 4096;  // most replies fit: one read instead of two

struct SocketDeleter {
  void operator()(mongoc_socket_t* socket) const noexcept { mongoc_socket_destroy(socket); }
};
using SocketHandle = std::unique_ptr<mongoc_socket_t, SocketDeleter>;

SocketHandle connect_to(const detail::SocketAddress& address, Deadline deadline) {
  SocketHandle socket(mongoc_socket_new(address.storage.ss_family, SOCK_STREAM, 0));
  if (!socket) return nullptr;
  const std::int64_t end_microseconds =
      bson_get_monotonic_time() + std::int64_t{1000} * remaining_for_driver(deadline);
  if (mongoc_socket_connect(socket.get(), reinterpret_cast<const sockaddr*>(&address.storage),
                            address.length, end_microseconds) != 0) {
    return nullptr;
  }
  const int on = 1;
  mongoc_socket_setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  mongoc_socket_setsockopt(socket.get(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  return socket;
}

}  // namespace

mongoc_stream_t* connect_stream(const mongoc_host_list_t& host, Deadline connect_deadline,
                                const Deadline& call_deadline, bson_error_t& error) noexcept {
  try {
    for (const auto& address :
         detail::resolve(host.host, host.port, connect_deadline, Backend::mongo)) {
      if (SocketHandle socket = connect_to(address, connect_deadline)) {
        mongoc_stream_t* raw = mongoc_stream_socket_new(socket.release());
        return mongoc_stream_buffered_new(make_deadline_stream(raw, call_deadline),
                                          read_buffer_bytes);
      }
    }
    bson_set_error(&error, MONGOC_ERROR_STREAM, MONGOC_ERROR_STREAM_CONNECT, "no address answers");
  } catch (...) {  // the caller is C
    bson_set_error(&error, MONGOC_ERROR_STREAM, MONGOC_ERROR_STREAM_NAME_RESOLUTION,
                   "the host name has no address");
  }
  return nullptr;
}

}  // namespace polystore::mongo
