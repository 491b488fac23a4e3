#include "adapters/sqlite/factory.hpp"
#include "contract/output_contract.hpp"
#include "support/temporary_folder.hpp"

namespace polystore::test {
namespace {

class SqliteOutputFixture : public OutputFixture {
 public:
  std::unique_ptr<ports::OutputPort> open() override {
    return adapters::sqlite::open_outputs(folder_.sqlite_url());
  }

 private:
  TemporaryFolder folder_;
};

}  // namespace

std::unique_ptr<OutputFixture> OutputFixture::make() {
  return std::make_unique<SqliteOutputFixture>();
}

}  // namespace polystore::test
