#include "adapters/mongo/factory.hpp"
#include "adapters/mysql/factory.hpp"
#include "store/two_stores.hpp"
#include "support/server_stores.hpp"

#include <algorithm>

namespace polystore::test {
namespace {

class MysqlAndMongo : public TwoStores {
 public:
  [[nodiscard]] OpenOptions options() const override {
    return {.metadata = mysql_.url(),
            .outputs = mongo_.url(),
            .responses = "memory:",
            .deadline = std::chrono::seconds(20)};
  }
  [[nodiscard]] std::unique_ptr<ports::MetadataPort> metadata() const override {
    return adapters::mysql::open_metadata(mysql_.url());
  }
  [[nodiscard]] std::unique_ptr<ports::OutputPort> outputs() const override {
    return adapters::mongo::open_outputs(mongo_.url());
  }
  void bury_row(const ContentId& id) const override {
    std::string digits = id.to_string();
    std::erase(digits, '-');
    (void)mysql_.query("INSERT INTO polystore_tombstones (id) VALUES (X'" + digits + "')");
  }

 private:
  ScratchMysql mysql_;
  ScratchMongo mongo_;
};

}  // namespace

std::unique_ptr<TwoStores> TwoStores::make() { return std::make_unique<MysqlAndMongo>(); }

}  // namespace polystore::test
