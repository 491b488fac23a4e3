#include "write/attempts.hpp"

#include <thread>
#include <utility>

namespace polystore::write {
namespace {

constexpr int most_attempts = 3;  // of what surely was not applied

}  // namespace

Error in_doubt(const Error& error) {
  ErrorInfo info = error.info();
  info.outcome = Outcome::unknown;
  return Error(std::move(info));
}

bool Pauses::wait() {
  const auto span = backoff_.next();
  if (span >= deadline_.remaining()) return false;
  std::this_thread::sleep_for(span);
  return true;
}

void Attempts::failed(const Error& error) {
  ++count_;
  if (error.outcome() == Outcome::unknown) doubt_ = error;
  const bool again = error.retryable() && (doubt_ || count_ < most_attempts);
  if (!again || !pauses_.wait()) throw doubt_ ? in_doubt(error) : Error(error);
}

}  // namespace polystore::write
