#include "adapters/sqlite/factory.hpp"
#include "contract/text_contract.hpp"
#include "support/temporary_folder.hpp"

namespace polystore::test {
namespace {

class SqliteTextFixture : public TextFixture {
 public:
  std::unique_ptr<ports::OutputPort> open(bool text_search) override {
    return adapters::sqlite::open_outputs(folder_.sqlite_url(), text_search);
  }

 private:
  TemporaryFolder folder_;
};

}  // namespace

std::unique_ptr<TextFixture> TextFixture::make() { return std::make_unique<SqliteTextFixture>(); }

}  // namespace polystore::test
