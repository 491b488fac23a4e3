#include "read/flight.hpp"

#include "read/entry_hash.hpp"

#include <algorithm>
#include <unordered_map>

namespace polystore::read {
namespace {

constexpr std::size_t chunks_at_once = 64;
constexpr std::size_t table_shards = 16;

Error flight_error(ErrorCode code, std::string message) {
  return Error({.code = code,
                .retryable = true,
                .operation = "get_or_generate",
                .message = std::move(message)});
}

Error late() {
  return flight_error(ErrorCode::deadline_exceeded,
                      "the deadline passed while another call made the answer");
}

}  // namespace

Error broken_off() {
  return flight_error(ErrorCode::unavailable,
                      "the call that made the answer ended in its middle; take what was handed out "
                      "as void, and repeat it");
}

void Flight::append(std::string_view chunk) {
  {
    const std::lock_guard lock(mutex_);
    chunks_.emplace_back(chunk);
  }
  grown_.notify_all();
}

bool Flight::has_sinks() {
  const std::lock_guard lock(mutex_);
  return has_sinks_;
}

template <class Say>
void Flight::end(State state, Say&& say) noexcept {
  {
    const std::lock_guard lock(mutex_);
    if (state_ != State::under_way) return;
    state_ = state;
    say();
  }
  grown_.notify_all();
  ended_.notify_all();
}

void Flight::succeed(const Answer& answer) noexcept {
  end(State::answered, [&] {
    answer_ = answer;
    answer_.joined = true;
  });
}

void Flight::fail(std::exception_ptr failure) noexcept {
  end(State::failed, [&] { failure_ = std::move(failure); });
}

void Flight::abandon() noexcept {
  end(State::abandoned, [] {});
}

bool Flight::may_be_joined() {
  const std::lock_guard lock(mutex_);
  return state_ == State::under_way || state_ == State::answered;
}

Flight::End Flight::follow(const ChunkSink* sink, Deadline deadline, Answer& answer) {
  if (sink == nullptr) {
    wait_for_end(deadline);
    return last_word(false, answer);
  }
  {
    const std::lock_guard lock(mutex_);
    has_sinks_ = true;
  }
  std::size_t handed_out = 0;
  for (;;) {
    const Chunks chunks = next_chunks(handed_out, deadline);
    if (chunks.empty()) break;
    for (const std::string_view chunk : chunks) {
      (*sink)(chunk);
      ++handed_out;
      if (deadline.expired()) break;  // next_chunks says whether that matters
    }
  }
  const End end = last_word(handed_out > 0, answer);
  if (end == End::answered && handed_out == 0) replay(*answer.response, *sink);
  return end;
}

// Those that have not been handed out; none: it has ended. Views stay valid.
Flight::Chunks Flight::next_chunks(std::size_t handed_out, Deadline deadline) {
  std::unique_lock lock(mutex_);
  grown_.wait_until(lock, deadline.time(),
                    [&] { return state_ != State::under_way || chunks_.size() > handed_out; });
  if (state_ == State::under_way && deadline.expired()) throw late();
  if (state_ == State::failed || state_ == State::abandoned) return {};
  const auto first = chunks_.begin() + static_cast<std::ptrdiff_t>(handed_out);
  const std::size_t count = std::min(chunks_at_once, chunks_.size() - handed_out);
  return {first, first + static_cast<std::ptrdiff_t>(count)};
}

void Flight::wait_for_end(Deadline deadline) {
  std::unique_lock lock(mutex_);
  const bool ended =
      ended_.wait_until(lock, deadline.time(), [this] { return state_ != State::under_way; });
  if (!ended) throw late();
}

// Once it has ended. Nothing changes any more then, so that it may be read without the lock.
Flight::End Flight::last_word(bool handed_out, Answer& answer) {
  if (state_ == State::failed) std::rethrow_exception(failure_);
  if (state_ == State::answered) {
    answer = answer_;
    return End::answered;
  }
  if (handed_out) throw broken_off();
  return End::abandoned;
}

void replay(const Response& response, const ChunkSink& sink) {
  const std::string_view text = response.text;
  if (response.chunk_ends.empty()) {
    if (!text.empty()) sink(text);
    return;
  }
  std::size_t begin = 0;
  for (const std::size_t end : response.chunk_ends) {
    sink(text.substr(begin, end - begin));
    begin = end;
  }
}

struct FlightTable::Shard {
  std::mutex mutex;  // guards flights
  std::unordered_map<ports::EntryKey, std::shared_ptr<Flight>, EntryHash> flights;
};

FlightTable::FlightTable() : shards_(std::make_unique<Shard[]>(table_shards)) {}

FlightTable::~FlightTable() = default;

FlightTable::Shard& FlightTable::shard_of(const ports::EntryKey& key) noexcept {
  return shards_[key.back() % table_shards];
}

FlightTable::Seat::~Seat() {
  if (!leads) return;
  flight->abandon();
  table_->leave(key_, flight);
}

FlightTable::Seat FlightTable::board(const ports::EntryKey& key) {
  Shard& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  auto& flight = shard.flights[key];
  const bool joins = flight && flight->may_be_joined();
  if (!joins) flight = std::make_shared<Flight>();
  return {flight, !joins, *this, key};
}

void FlightTable::leave(const ports::EntryKey& key,
                        const std::shared_ptr<Flight>& flight) noexcept {
  Shard& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.flights.find(key);
  if (found != shard.flights.end() && found->second == flight) shard.flights.erase(found);
}

void FlightTable::detach(const ports::EntryKey& key) noexcept {
  Shard& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  shard.flights.erase(key);
}

void FlightTable::detach_all() noexcept {
  for (std::size_t i = 0; i < table_shards; ++i) {
    const std::lock_guard lock(shards_[i].mutex);
    shards_[i].flights.clear();
  }
}

}  // namespace polystore::read
