#pragma once

#include "polystore/export.hpp"
#include "polystore/redis/endpoint.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

/// How a cluster spreads keys over its nodes, and how nodes tell of it.
namespace polystore::redis {

class ReplyView;

/// The masters of a cluster share so many slots.
inline constexpr std::size_t slot_count = 16384;
using Slot = std::uint16_t;

/// The slot of a key. Of one with braces, what stands between the first '{' and the next '}' counts
/// alone, if that is anything. Pure; never throws.
[[nodiscard]] POLYSTORE_EXPORT Slot slot_of(std::string_view key) noexcept;

/// Where an error reply says that a command belongs.
struct Redirect {
  enum class Kind : std::uint8_t {
    moved,  ///< That server has the slot.
    ask,    ///< It is about to get it, and has this key already: for one command, after ASKING.
  };
  Kind kind = Kind::moved;
  Slot slot = 0;
  /// With an empty host: at the host of the node that answered.
  Endpoint server{};

  friend bool operator==(const Redirect&, const Redirect&) = default;
};

/// Reads an error reply, without its '-'. Nothing: it is no redirection, or names no server. Pure.
[[nodiscard]] POLYSTORE_EXPORT std::optional<Redirect> read_redirect(std::string_view error);

/// Slots in a row that one master has.
struct SlotRange {
  Slot first = 0;
  Slot last = 0;
  Endpoint master{};

  friend bool operator==(const SlotRange&, const SlotRange&) = default;
};

/// Reads what CLUSTER SLOTS answers. `answered`: the node that did, whose host stands for one that
/// is left out. Ranges whose master is not told are left out. Errors: data_loss.
[[nodiscard]] POLYSTORE_EXPORT std::vector<SlotRange> read_slots(const ReplyView& slots,
                                                                 const Endpoint& answered);

}  // namespace polystore::redis
