#include "polystore/redis/sentinels.hpp"

#include "polystore/error.hpp"
#include "polystore/redis/wire.hpp"

#include "core/connect_first.hpp"
#include "core/whole_number.hpp"

#include <algorithm>
#include <exception>
#include <numeric>
#include <string_view>
#include <utility>

namespace polystore::redis {
namespace {

// For so long a configuration is believed before an older one.
constexpr std::chrono::seconds believed_for{60};
// A sentinel that does not answer costs no more than this, whatever time there is.
constexpr std::chrono::milliseconds longest_ask{500};
// For so long a sentinel that did not answer is not asked where others do.
constexpr std::chrono::seconds spared_for{1};

Error sentinel_error(ErrorCode code, std::string message) {
  return Error({.code = code,
                .backend = Backend::redis,
                .operation = "ask a sentinel",
                .field = code == ErrorCode::invalid_argument ? "master" : "",
                .message = std::move(message)});
}

// Of [name, value, name, value, …].
std::string_view value_of(const ReplyView& pairs, std::string_view name) {
  for (std::size_t i = 0; i + 1 < pairs.size(); i += 2) {
    if (pairs.at(i).text() == name) return pairs.at(i + 1).text();
  }
  return {};
}

// What failed was the question, not what the connection is for.
Error not_applied(const Error& error) {
  ErrorInfo info = error.info();
  info.outcome = Outcome::not_applied;
  return Error(std::move(info));
}

}  // namespace

Sentinels::Sentinels(SentinelOptions options)
    : options_(std::move(options)), failed_at_(options_.endpoints.size()) {
  if (options_.endpoints.empty() || options_.master.empty()) {
    throw_invalid_argument("name sentinels", options_.master.empty() ? "master" : "endpoints",
                           "must not be empty");
  }
}

Sentinels::Master Sentinels::find_master(Deadline deadline) {
  std::optional<Found> newest;
  std::optional<Error> failure;
  const auto sentinels = order();
  for (std::size_t i = 0; i < sentinels.size(); ++i) {
    if (newest && failed_lately(sentinels[i])) continue;
    try {
      // One share more is for the master.
      const auto share = detail::share(deadline, sentinels.size() - i + 1);
      const auto found = ask(sentinels[i], share.within(longest_ask));
      note(sentinels[i], true);
      if (found && (!newest || found->epoch > newest->epoch)) newest = found;
    } catch (const Error& error) {
      note(sentinels[i], false);
      failure = not_applied(error);
    }
  }
  if (newest) return believe(*newest);
  if (failure) throw Error(*failure);
  throw sentinel_error(ErrorCode::invalid_argument,
                       "the sentinels know no master of that name; check the URL's option master");
}

// Nothing: it does not know the master.
std::optional<Sentinels::Found> Sentinels::ask(std::size_t sentinel, Deadline deadline) const {
  const auto wire = Wire::open(options_.endpoints[sentinel], deadline);
  std::vector<Command> commands;
  if (options_.password) {
    commands.push_back({"AUTH"});
    if (options_.user) commands.back().push_back(*options_.user);
    commands.back().push_back(*options_.password);
  }
  commands.push_back({"SENTINEL", "GET-MASTER-ADDR-BY-NAME", options_.master});
  commands.push_back({"SENTINEL", "MASTER", options_.master});
  const auto replies = wire->exchange(encode(commands), commands.size(), deadline);
  if (options_.password) replies.front().check();
  const ReplyView& address = replies[replies.size() - 2];
  const ReplyView& state = replies.back();
  if (address.is_error() && address.error().code() == ErrorCode::internal) {
    throw sentinel_error(ErrorCode::unsupported,
                         "the server is not a sentinel; check the hosts and ports of the URL");
  }
  address.check();
  if (address.is_nil() || !state.is_array()) return std::nullopt;
  const auto port = detail::whole_number<std::uint16_t>(address.at(1).text());
  const auto epoch = detail::whole_number<std::uint64_t>(value_of(state, "config-epoch"));
  if (!port || !epoch) return std::nullopt;
  return Found{.master = {.host = std::string(address.at(0).text()), .port = *port},
               .epoch = *epoch};
}

// Those that did not answer come last.
std::vector<std::size_t> Sentinels::order() {
  std::vector<std::size_t> sentinels(options_.endpoints.size());
  std::iota(sentinels.begin(), sentinels.end(), std::size_t{0});
  const std::lock_guard lock(mutex_);
  asked_at_ = Deadline::Clock::now();
  std::ranges::stable_sort(sentinels, {}, [this](auto sentinel) { return failed_at_[sentinel]; });
  return sentinels;
}

bool Sentinels::failed_lately(std::size_t sentinel) {
  const std::lock_guard lock(mutex_);
  return failed_at_[sentinel] != TimePoint() &&
         Deadline::Clock::now() - failed_at_[sentinel] < spared_for;
}

void Sentinels::note(std::size_t sentinel, bool answered) {
  const std::lock_guard lock(mutex_);
  failed_at_[sentinel] = answered ? TimePoint() : Deadline::Clock::now();
}

Sentinels::Master Sentinels::believe(const Found& found) {
  const std::lock_guard lock(mutex_);
  const auto now = Deadline::Clock::now();
  const bool is_outdated = found.epoch < known_.epoch && now - known_since_ < believed_for;
  if (!is_outdated) {
    if (generation_ == 0 || found.master != known_.master) ++generation_;
    known_ = found;
    known_since_ = now;
  }
  return {.endpoint = known_.master, .generation = generation_};
}

void Sentinels::look_again(std::chrono::milliseconds span, Deadline deadline) noexcept {
  {
    const std::lock_guard lock(mutex_);
    if (Deadline::Clock::now() - asked_at_ < span) return;
  }
  try {
    (void)find_master(deadline);
  } catch (const std::exception&) {
    // Who needs the master asks again.
  }
}

}  // namespace polystore::redis
