#include "adapters/sqlite/factory.hpp"
#include "contract/text_contract.hpp"
#include "support/errors.hpp"
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

TEST_CASE("a search that has much to index first ends by its deadline, and the next goes on") {
  TextTest f;
  const auto plain = f.setup->open(false);
  for (int i = 0; i < 350; ++i) TextTest::put(*plain, {.text = "fox"});
  const auto search = [&](Deadline deadline) {
    return f.port->texts()->search({.text = "fox", .limit = 1000}, deadline).size();
  };
  CHECK(error_of([&] { (void)search(Deadline::immediate()); }).code() ==
        ErrorCode::deadline_exceeded);
  CHECK(search(TextTest::soon()) == 350);
}

}  // namespace polystore::test
