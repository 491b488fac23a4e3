#pragma once

#include "adapters/mongo/factory.hpp"
#include "adapters/mysql/factory.hpp"
#include "adapters/postgres/factory.hpp"
#include "store/two_stores.hpp"
#include "support/server_stores.hpp"

#include <algorithm>
#include <memory>
#include <string>

namespace polystore::test {

inline std::unique_ptr<ports::MetadataPort> metadata_on(const ScratchPostgres& server) {
  return adapters::postgres::open_metadata(server.url());
}
inline std::unique_ptr<ports::MetadataPort> metadata_on(const ScratchMysql& server) {
  return adapters::mysql::open_metadata(server.url());
}

inline std::unique_ptr<ports::OutputPort> outputs_on(const ScratchMongo& server) {
  return adapters::mongo::open_outputs(server.url());
}
inline std::unique_ptr<ports::OutputPort> outputs_on(const ScratchPostgres& server) {
  return adapters::postgres::open_outputs(server.url());
}

inline void bury_row_on(const ScratchPostgres& server, const ContentId& id) {
  (void)server.query("INSERT INTO polystore_tombstones (id) VALUES ('" + id.to_string() + "')");
}
inline void bury_row_on(const ScratchMysql& server, const ContentId& id) {
  std::string digits = id.to_string();
  std::erase(digits, '-');
  (void)server.query("INSERT INTO polystore_tombstones (id) VALUES (X'" + digits + "')");
}

/// Two stores in databases of servers, ScratchPostgres and others.
template <class Metadata, class Outputs>
class ServerPair : public TwoStores {
 public:
  [[nodiscard]] OpenOptions options() const override { return options_on(metadata_, outputs_); }
  [[nodiscard]] std::unique_ptr<ports::MetadataPort> metadata() const override {
    return metadata_on(metadata_);
  }
  [[nodiscard]] std::unique_ptr<ports::OutputPort> outputs() const override {
    return outputs_on(outputs_);
  }
  void bury_row(const ContentId& id) const override { bury_row_on(metadata_, id); }

 private:
  Metadata metadata_;
  Outputs outputs_;
};

}  // namespace polystore::test
