#pragma once

#include "ports/response_port.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace polystore::adapters::redis {

/// The names of what a store keeps in Redis besides plain responses. The braces keep all keys of a
/// store in one slot of a cluster.
class Keys {
 public:
  explicit Keys(const std::string& store_id)
      : values_("polystore:{" + store_id + "}:r:"),
        leases_("polystore:{" + store_id + "}:l:"),
        chunks_("polystore:{" + store_id + "}:c:"),
        epoch_("polystore:{" + store_id + "}:epoch"),
        nothing_("polystore:{" + store_id + "}:nothing") {}

  [[nodiscard]] std::string value(const ports::EntryKey& key) const;
  [[nodiscard]] std::string lease(const ports::EntryKey& key) const;
  /// The chunks of what that one is making.
  [[nodiscard]] std::string chunks(const ports::LeaseToken& holder) const;
  [[nodiscard]] const std::string& epoch() const noexcept { return epoch_; }

  /// The name of what is never there.
  [[nodiscard]] const std::string& nothing() const noexcept { return nothing_; }
  /// What the names of all values begin with.
  [[nodiscard]] const std::string& values() const noexcept { return values_; }
  /// The entry whose value has this name; nothing if it is no value's.
  [[nodiscard]] std::optional<ports::EntryKey> entry_of(std::string_view name) const;

 private:
  std::string values_;
  std::string leases_;
  std::string chunks_;
  std::string epoch_;
  std::string nothing_;
};

}  // namespace polystore::adapters::redis
