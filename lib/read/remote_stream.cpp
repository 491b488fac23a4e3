#include "read/remote_stream.hpp"

#include "polystore/error.hpp"
#include "polystore/limits.hpp"

namespace polystore::read {

bool RemoteStream::follows(const ports::LeaseToken& maker) {
  if (sink_ == nullptr && !flight_.has_sinks()) return false;
  if (!begun()) maker_ = maker;
  return maker_ == maker && text_.size() <= limits::response_bytes;
}

void RemoteStream::hand_out(std::string_view chunk) {
  text_ += chunk;
  ++chunks_;
  flight_.append(chunk);
  if (sink_ == nullptr || sink_failure_) return;
  try {
    (*sink_)(chunk);
  } catch (...) {
    sink_failure_ = std::current_exception();
  }
}

void RemoteStream::complete(const Response& response) {
  if (!begun()) return;
  const std::string_view text = response.text;
  if (!text.starts_with(text_)) {
    broken_ = true;
    throw broken_off();
  }
  for (const std::size_t end : response.chunk_ends) {
    if (end > text_.size()) hand_out(text.substr(text_.size(), end - text_.size()));
  }
  if (text.size() > text_.size()) hand_out(text.substr(text_.size()));
}

}  // namespace polystore::read
