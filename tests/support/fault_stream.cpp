#include "support/fault_stream.hpp"

namespace polystore::test {

using Kind = Fault::Kind;

void FaultStream::take(std::string_view bytes, const std::optional<Fault>& once) {
  if (bytes.empty() || cut_) return;
  // A stream that has lost bytes stays lost: what would come now is not what the receiver awaits.
  if (swallows()) {
    lost_ = true;
    return;
  }
  const Fault& fault = once ? *once : fault_;
  if (fault.kind == Kind::cut) {
    cut_ = bytes.size() >= fault.bytes;
    bytes = bytes.substr(0, fault.bytes);
    if (!once) fault_.bytes -= bytes.size();
    if (bytes.empty()) return;
  }
  const bool later = fault.kind == Kind::delay;
  chunks_.push_back({.bytes = std::string(bytes),
                     .due = Clock::now() + (later ? fault.span : std::chrono::milliseconds(0)),
                     .trickle = fault.kind == Kind::trickle,
                     .pause = fault.span});
  waiting_bytes_ += bytes.size();
}

void FaultStream::end() {
  if (!swallows()) ended_ = true;
}

std::string_view FaultStream::next() const {
  if (chunks_.empty() || chunks_.front().due > Clock::now()) return {};
  const Chunk& chunk = chunks_.front();
  return std::string_view(chunk.bytes).substr(chunk.done, chunk.trickle ? 1 : chunk.bytes.size());
}

void FaultStream::sent(std::size_t bytes) {
  Chunk& chunk = chunks_.front();
  chunk.done += bytes;
  waiting_bytes_ -= bytes;
  if (chunk.trickle) chunk.due = Clock::now() + chunk.pause;
  if (chunk.done == chunk.bytes.size()) chunks_.pop_front();
}

std::optional<FaultStream::Clock::time_point> FaultStream::due() const {
  if (chunks_.empty() || chunks_.front().due <= Clock::now()) return std::nullopt;
  return chunks_.front().due;
}

}  // namespace polystore::test
