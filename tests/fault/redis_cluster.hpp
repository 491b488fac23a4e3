#pragma once

#include "polystore/redis/slots.hpp"

#include "support/patience.hpp"
#include "support/redis_process.hpp"

#include <catch2/catch_test_macros.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace polystore::test {

/// A cluster of the test's own: three masters, each with a third of the slots, and a replica of the
/// one that has the slot of `key`.
class RedisCluster {
 public:
  explicit RedisCluster(std::string_view key) : slot_(redis::slot_of(key)) {
    for (auto& node : masters_) node.start(lines());
    replica_.start(lines());
    for (std::size_t i = 0; i < masters_.size(); ++i) {
      const std::string first = std::to_string(first_slot(i));
      const std::string last = std::to_string(first_slot(i + 1) - 1);
      (void)masters_.at(i).run({"CLUSTER", "ADDSLOTSRANGE", first, last});
      (void)masters_.at(i).run({"CLUSTER", "SET-CONFIG-EPOCH", std::to_string(i + 1)});
    }
    for (const RedisProcess* other : {&masters_[1], &masters_[2], &replica_}) meet(*other);
    const std::string id = id_of(owner());
    REQUIRE(becomes_true([&] {
      return !replica_.answer({"CLUSTER", "REPLICATE", id}).is_error();
    }));
    REQUIRE(becomes_true([this] {
      return is_whole(masters_[0]) && is_whole(masters_[1]) && is_whole(masters_[2]) &&
             replica_.run({"ROLE"}).at(3).text() == "connected";
    }));
  }

  [[nodiscard]] std::string url() const {
    return "redis+cluster://" + masters_[0].address() + "," + masters_[1].address() + "," +
           masters_[2].address();
  }

  /// Who had the slot of the key at first, somebody else, and the first one's replica.
  [[nodiscard]] RedisProcess& owner() { return masters_.at(owner_index()); }
  [[nodiscard]] RedisProcess& other() { return masters_.at((owner_index() + 1) % 3); }
  [[nodiscard]] RedisProcess& replica() noexcept { return replica_; }
  [[nodiscard]] std::array<RedisProcess*, 3> masters() {
    return {&masters_[0], &masters_[1], &masters_[2]};
  }
  /// A key of a slot that `node` had at first.
  [[nodiscard]] std::string key_of(const RedisProcess& node) const {
    for (int i = 0;; ++i) {
      std::string key = "key:" + std::to_string(i);
      if (&masters_.at(node_of(redis::slot_of(key))) == &node) return key;
    }
  }
  static std::vector<std::string> lines() {
    return {"cluster-enabled yes", "cluster-node-timeout 1000", "cluster-require-full-coverage no",
            "cluster-replica-validity-factor 0"};
  }

  /// The slot of the key goes from one node to another.
  void begin_move(const RedisProcess& from, const RedisProcess& to) const {
    (void)to.run({"CLUSTER", "SETSLOT", slot_text(), "IMPORTING", id_of(from)});
    (void)from.run({"CLUSTER", "SETSLOT", slot_text(), "MIGRATING", id_of(to)});
  }
  /// Moves some of its keys. False: there were none.
  [[nodiscard]] bool move_keys(const RedisProcess& from, const RedisProcess& to, int most) const {
    const auto keys = from.run({"CLUSTER", "GETKEYSINSLOT", slot_text(), std::to_string(most)});
    if (keys.size() == 0) return false;
    const std::string port = std::to_string(to.port());
    redis::Command command{"MIGRATE", "127.0.0.1", port, "", "0", "5000", "KEYS"};
    for (std::size_t i = 0; i < keys.size(); ++i) command.push_back(keys.at(i).text());
    (void)from.run(command);
    return true;
  }
  void end_move(const RedisProcess& from, const RedisProcess& to) const {
    while (move_keys(from, to, 100)) continue;
    for (const RedisProcess* node : {&to, &from}) {
      (void)node->run({"CLUSTER", "SETSLOT", slot_text(), "NODE", id_of(to)});
    }
  }
  [[nodiscard]] std::string slot_text() const { return std::to_string(slot_); }

 private:
  static std::size_t first_slot(std::size_t node) { return node * redis::slot_count / 3; }
  static std::size_t node_of(redis::Slot slot) {
    return slot < first_slot(1) ? 0 : slot < first_slot(2) ? 1 : 2;
  }
  [[nodiscard]] std::size_t owner_index() const { return node_of(slot_); }

  static std::string id_of(const RedisProcess& node) {
    return std::string(node.run({"CLUSTER", "MYID"}).text());
  }
  void meet(const RedisProcess& other) const {
    (void)masters_[0].run({"CLUSTER", "MEET", "127.0.0.1", std::to_string(other.port()),
                           std::to_string(other.bus_port())});
  }
  static bool is_whole(const RedisProcess& node) {
    const auto reply = node.run({"CLUSTER", "INFO"});
    const auto info = reply.text();
    return info.find("cluster_state:ok") != std::string_view::npos &&
           info.find("cluster_slots_ok:16384") != std::string_view::npos &&
           info.find("cluster_known_nodes:4") != std::string_view::npos;
  }

  const redis::Slot slot_;
  std::array<RedisProcess, 3> masters_{RedisProcess(RedisProcess::Kind::node),
                                       RedisProcess(RedisProcess::Kind::node),
                                       RedisProcess(RedisProcess::Kind::node)};
  RedisProcess replica_{RedisProcess::Kind::node};
};

}  // namespace polystore::test
