#include "wrappers/mongo/deadline_stream.hpp"

#include <algorithm>
#include <memory>

namespace polystore::mongo {
namespace {

// The driver sees the first member only, and hands it back to the functions below.
struct DeadlineStream {
  mongoc_stream_t interface;
  mongoc_stream_t* inner;
  const Deadline* deadline;
};

// Tells it from the driver's own kinds, which are small numbers.
constexpr int stream_kind = 0x50535452;

DeadlineStream& self_of(mongoc_stream_t* stream) noexcept {
  return *reinterpret_cast<DeadlineStream*>(stream);
}

int shorten(const DeadlineStream& self, std::int32_t timeout_ms) noexcept {
  const int left = remaining_for_driver(*self.deadline);
  return timeout_ms < 0 ? left : std::min(left, timeout_ms);
}

void on_destroy(mongoc_stream_t* stream) noexcept {
  const std::unique_ptr<DeadlineStream> self(&self_of(stream));
  mongoc_stream_destroy(self->inner);
}
void on_failed(mongoc_stream_t* stream) noexcept {
  const std::unique_ptr<DeadlineStream> self(&self_of(stream));
  mongoc_stream_failed(self->inner);
}
int on_close(mongoc_stream_t* stream) noexcept {
  return mongoc_stream_close(self_of(stream).inner);
}
int on_flush(mongoc_stream_t* stream) noexcept {
  return mongoc_stream_flush(self_of(stream).inner);
}
ssize_t on_writev(mongoc_stream_t* stream, mongoc_iovec_t* parts, std::size_t count,
                  std::int32_t timeout_ms) noexcept {
  const DeadlineStream& self = self_of(stream);
  return mongoc_stream_writev(self.inner, parts, count, shorten(self, timeout_ms));
}
ssize_t on_readv(mongoc_stream_t* stream, mongoc_iovec_t* parts, std::size_t count,
                 std::size_t least, std::int32_t timeout_ms) noexcept {
  const DeadlineStream& self = self_of(stream);
  return mongoc_stream_readv(self.inner, parts, count, least, shorten(self, timeout_ms));
}
int on_setsockopt(mongoc_stream_t* stream, int level, int name, void* value,
                  mongoc_socklen_t size) noexcept {
  return mongoc_stream_setsockopt(self_of(stream).inner, level, name, value, size);
}
mongoc_stream_t* on_get_base_stream(mongoc_stream_t* stream) noexcept {
  return self_of(stream).inner;
}
bool on_check_closed(mongoc_stream_t* stream) noexcept {
  return mongoc_stream_check_closed(self_of(stream).inner);
}
bool on_timed_out(mongoc_stream_t* stream) noexcept {
  return mongoc_stream_timed_out(self_of(stream).inner);
}
bool on_should_retry(mongoc_stream_t* stream) noexcept {
  return mongoc_stream_should_retry(self_of(stream).inner);
}

}  // namespace

int remaining_for_driver(const Deadline& deadline) { return std::max(1, deadline.remaining_ms()); }

mongoc_stream_t* make_deadline_stream(mongoc_stream_t* inner, const Deadline& deadline) {
  auto stream = std::make_unique<DeadlineStream>();
  stream->interface = mongoc_stream_t{};
  stream->interface.type = stream_kind;
  stream->interface.destroy = &on_destroy;
  stream->interface.failed = &on_failed;
  stream->interface.close = &on_close;
  stream->interface.flush = &on_flush;
  stream->interface.writev = &on_writev;
  stream->interface.readv = &on_readv;
  stream->interface.setsockopt = &on_setsockopt;
  stream->interface.get_base_stream = &on_get_base_stream;
  stream->interface.check_closed = &on_check_closed;
  stream->interface.timed_out = &on_timed_out;
  stream->interface.should_retry = &on_should_retry;
  stream->inner = inner;
  stream->deadline = &deadline;
  return &stream.release()->interface;
}

}  // namespace polystore::mongo
