#pragma once

#include "polystore/polystore.hpp"
#include "polystore/sqlite/connection.hpp"

#include "support/fault_proxy.hpp"
#include "support/server_stores.hpp"
#include "support/temporary_folder.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace polystore::test {

enum class MetadataKind : std::uint8_t { postgres, mysql, sqlite };
enum class OutputKind : std::uint8_t { mongo, postgres, sqlite };
enum class ResponseKind : std::uint8_t { redis, memory };

/// Empty stores of three kinds, each apart from the others, and what can befall them: servers
/// behind proxies, files that another process holds locked. One thread.
class CombinedStores {
 public:
  CombinedStores(MetadataKind metadata, OutputKind outputs, ResponseKind responses) {
    options_.deadline = std::chrono::seconds(20);
    options_.response_deadline = std::chrono::seconds(2);
    choose_metadata(metadata);
    choose_outputs(outputs);
    options_.responses =
        responses == ResponseKind::memory ? "memory:" : behind_proxy(redis_.emplace().url());
  }

  [[nodiscard]] const OpenOptions& options() const noexcept { return options_; }

  /// Lets one store suffer for a moment.
  void disturb(std::mt19937_64& random) {
    if (sufferers_.empty()) return;  // all in memory
    const std::chrono::milliseconds span(50 + random() % 150);
    sufferers_[random() % sufferers_.size()](static_cast<int>(random() % 6), span);
  }

 private:
  using Sufferer = std::function<void(int kind, std::chrono::milliseconds span)>;

  void choose_metadata(MetadataKind kind) {
    switch (kind) {
      case MetadataKind::postgres:
        options_.metadata = behind_proxy(metadata_postgres_.emplace().url());
        break;
      case MetadataKind::mysql:
        options_.metadata = behind_proxy(mysql_.emplace().url());
        break;
      case MetadataKind::sqlite:
        options_.metadata = file("metadata.db");
        break;
    }
  }

  void choose_outputs(OutputKind kind) {
    switch (kind) {
      case OutputKind::mongo: {
        // Else the driver asks the server where it is, and goes there past the proxy.
        std::string url = mongo_.emplace().url();
        const std::string by_name = "replicaSet=polystore";
        url.replace(url.find(by_name), by_name.size(), "directConnection=true");
        options_.outputs = behind_proxy(url);
        break;
      }
      case OutputKind::postgres:
        options_.outputs = behind_proxy(output_postgres_.emplace().url());
        break;
      case OutputKind::sqlite:
        options_.outputs = file("outputs.db");
        break;
    }
  }

  std::string behind_proxy(const std::string& url) {
    proxies_.push_back(std::make_unique<FaultProxy>(url));
    FaultProxy& proxy = *proxies_.back();
    sufferers_.push_back([&proxy](int kind, std::chrono::milliseconds span) {
      switch (kind) {
        case 0:
          proxy.reset_open();
          break;
        case 1:
          proxy.refuse(true);
          proxy.reset_open();
          break;
        case 2:
          proxy.set(Flow::request, Fault::black_hole());
          break;
        case 3:
          proxy.set(Flow::reply, Fault::black_hole());
          break;
        case 4:
          proxy.set(Flow::reply, Fault::delay(std::chrono::milliseconds(20)));
          break;
        default:
          proxy.set(Flow::request, Fault::cut_after(500));
          break;
      }
      std::this_thread::sleep_for(span);
      proxy.heal();
      proxy.refuse(false);
    });
    return proxy.url();
  }

  std::string file(const std::string& name) {
    std::string url = folder_.sqlite_url(name);
    sufferers_.push_back([url](int, std::chrono::milliseconds span) {
      const auto deadline = Deadline::after(std::chrono::seconds(20));
      const auto other =
          sqlite::Connection::open(sqlite::ConnectOptions::from_url(url, "url"), deadline);
      other->execute("BEGIN IMMEDIATE", deadline);
      std::this_thread::sleep_for(span);
      other->execute("ROLLBACK", deadline);
    });
    return url;
  }

  TemporaryFolder folder_;
  std::optional<ScratchPostgres> metadata_postgres_;
  std::optional<ScratchPostgres> output_postgres_;
  std::optional<ScratchMysql> mysql_;
  std::optional<ScratchMongo> mongo_;
  std::optional<ScratchRedis> redis_;
  std::vector<std::unique_ptr<FaultProxy>> proxies_;
  std::vector<Sufferer> sufferers_;
  OpenOptions options_;
};

}  // namespace polystore::test
