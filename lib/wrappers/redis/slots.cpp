#include "polystore/redis/slots.hpp"

#include "polystore/error.hpp"
#include "polystore/redis/reply.hpp"

#include "core/whole_number.hpp"

#include <array>
#include <string>

namespace polystore::redis {
namespace {

// CRC-16/XMODEM, by which a cluster spreads keys.
constexpr std::array<std::uint16_t, 256> make_crc_table() {
  std::array<std::uint16_t, 256> table{};
  for (unsigned byte = 0; byte < table.size(); ++byte) {
    unsigned crc = byte << 8U;
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc & 0x8000U) != 0 ? crc << 1U ^ 0x1021U : crc << 1U;
    }
    table[byte] = static_cast<std::uint16_t>(crc);
  }
  return table;
}

constexpr auto crc_table = make_crc_table();

std::uint16_t crc16(std::string_view bytes) noexcept {
  unsigned crc = 0;
  for (const char c : bytes) {
    crc = (crc << 8U ^ crc_table[(crc >> 8U ^ static_cast<unsigned char>(c)) & 0xFFU]) & 0xFFFFU;
  }
  return static_cast<std::uint16_t>(crc);
}

// What counts of a key.
std::string_view tag_of(std::string_view key) noexcept {
  const auto open = key.find('{');
  if (open == std::string_view::npos) return key;
  const auto close = key.find('}', open + 1);
  if (close == std::string_view::npos || close == open + 1) return key;
  return key.substr(open + 1, close - open - 1);
}

// A cluster that is told to name its nodes by host names, and was not told those, gives this one.
constexpr std::string_view unknown_host = "?";

template <class Number>
Number in_range(std::int64_t value, std::int64_t least, std::int64_t most) {
  if (value >= least && value <= most) return static_cast<Number>(value);
  throw Error({.code = ErrorCode::data_loss,
               .backend = Backend::redis,
               .operation = "read the slots of a cluster",
               .message = "what the server answers is not what CLUSTER SLOTS gives"});
}

}  // namespace

Slot slot_of(std::string_view key) noexcept {
  return static_cast<Slot>(crc16(tag_of(key)) % slot_count);
}

std::optional<Redirect> read_redirect(std::string_view error) {
  Redirect redirect;
  if (error.starts_with("MOVED ")) {
    redirect.kind = Redirect::Kind::moved;
  } else if (error.starts_with("ASK ")) {
    redirect.kind = Redirect::Kind::ask;
  } else {
    return std::nullopt;
  }
  error.remove_prefix(error.find(' ') + 1);
  const auto space = error.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  const auto server = error.substr(space + 1);
  const auto colon = server.rfind(':');  // an IPv6 address has more
  if (colon == std::string_view::npos) return std::nullopt;
  const auto slot = detail::whole_number<Slot>(error.substr(0, space));
  const auto port = detail::whole_number<std::uint16_t>(server.substr(colon + 1));
  const auto host = server.substr(0, colon);
  if (slot.value_or(slot_count) >= slot_count || port.value_or(0) == 0 || host == unknown_host) {
    return std::nullopt;
  }
  redirect.slot = *slot;
  redirect.server = {.host = std::string(host), .port = *port};
  return redirect;
}

std::vector<SlotRange> read_slots(const ReplyView& slots, const Endpoint& answered) {
  std::vector<SlotRange> ranges;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    const ReplyView range = slots.at(i);
    const ReplyView master = range.at(2);
    const auto first = in_range<Slot>(range.at(0).integer(), 0, slot_count - 1);
    const auto last = in_range<Slot>(range.at(1).integer(), first, slot_count - 1);
    const auto port = in_range<std::uint16_t>(master.at(1).integer(), 0, 65535);
    const ReplyView host = master.at(0);
    Endpoint server{.host = std::string(host.is_nil() ? std::string_view() : host.text()),
                    .port = port};
    if (server.host == unknown_host || port == 0) continue;
    if (server.host.empty()) server.host = answered.host;
    ranges.push_back({.first = first, .last = last, .master = std::move(server)});
  }
  return ranges;
}

}  // namespace polystore::redis
