#include "polystore/sqlite/connection.hpp"
#include "polystore/sqlite/statement.hpp"

#include "adapters/sqlite/factory.hpp"
#include "store/two_stores.hpp"
#include "support/temporary_folder.hpp"

namespace polystore::test {
namespace {

class TwoFiles : public TwoStores {
 public:
  [[nodiscard]] OpenOptions options() const override {
    return {.metadata = metadata_url(),
            .outputs = outputs_url(),
            .responses = "memory:",
            .deadline = std::chrono::seconds(20)};
  }
  [[nodiscard]] std::unique_ptr<ports::MetadataPort> metadata() const override {
    return adapters::sqlite::open_metadata(metadata_url());
  }
  [[nodiscard]] std::unique_ptr<ports::OutputPort> outputs() const override {
    return adapters::sqlite::open_outputs(outputs_url());
  }
  void bury_row(const ContentId& id) const override {
    const auto deadline = MaintenanceTest::soon();
    const auto connection = sqlite::Connection::open(
        sqlite::ConnectOptions::from_url(metadata_url(), "metadata"), deadline);
    connection->prepare("INSERT INTO polystore_tombstones (id) VALUES (?)", deadline)
        .bind(id.bytes())
        .run();
  }

 private:
  [[nodiscard]] std::string metadata_url() const { return folder_.sqlite_url("metadata.db"); }
  [[nodiscard]] std::string outputs_url() const { return folder_.sqlite_url("outputs.db"); }

  TemporaryFolder folder_;
};

}  // namespace

std::unique_ptr<TwoStores> TwoStores::make() { return std::make_unique<TwoFiles>(); }

}  // namespace polystore::test
