#include "adapters/mongo/factory.hpp"
#include "adapters/postgres/factory.hpp"
#include "store/two_stores.hpp"
#include "support/server_stores.hpp"

namespace polystore::test {
namespace {

class TwoServers : public TwoStores {
 public:
  [[nodiscard]] OpenOptions options() const override {
    return {.metadata = postgres_.url(),
            .outputs = mongo_.url(),
            .responses = "memory:",
            .deadline = std::chrono::seconds(20)};
  }
  [[nodiscard]] std::unique_ptr<ports::MetadataPort> metadata() const override {
    return adapters::postgres::open_metadata(postgres_.url());
  }
  [[nodiscard]] std::unique_ptr<ports::OutputPort> outputs() const override {
    return adapters::mongo::open_outputs(mongo_.url());
  }
  void bury_row(const ContentId& id) const override {
    (void)postgres_.query("INSERT INTO polystore_tombstones (id) VALUES ('" + id.to_string() +
                          "')");
  }

 private:
  ScratchPostgres postgres_;
  ScratchMongo mongo_;
};

}  // namespace

std::unique_ptr<TwoStores> TwoStores::make() { return std::make_unique<TwoServers>(); }

}  // namespace polystore::test
