#include "adapters/sqlite/factory.hpp"
#include "contract/vector_contract.hpp"
#include "support/temporary_folder.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>

namespace polystore::test {
namespace {

using namespace std::literals;

class SqliteVectorFixture : public VectorFixture {
 public:
  std::unique_ptr<ports::VectorPort> open() override {
    auto port = adapters::sqlite::open_vectors(folder_.sqlite_url(), false, log_length());
    port->migrate(Deadline::after(20s));
    return port;
  }
  [[nodiscard]] std::size_t log_length() const override { return 1000; }

 private:
  TemporaryFolder folder_;
};

}  // namespace

std::unique_ptr<VectorFixture> VectorFixture::make() {
  return std::make_unique<SqliteVectorFixture>();
}

TEST_CASE("versions go on after the log is empty") {
  const auto setup = VectorFixture::make();
  const auto port = setup->open();
  const auto soon = Deadline::after(20s);
  const ports::VectorEntry entry{"key", "body"};
  const auto first = port->put({.name = "s", .dimensions = 1}, {&entry, 1}, soon).at(0);
  (void)port->erase("key", soon);
  CHECK(port->put({.name = "s", .dimensions = 1}, {&entry, 1}, soon).at(0) == first + 2);
}

}  // namespace polystore::test
