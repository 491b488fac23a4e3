#include "polystore/sqlite/connection.hpp"
#include "polystore/sqlite/statement.hpp"

#include "adapters/sqlite/factory.hpp"
#include "contract/body_contract.hpp"
#include "support/temporary_folder.hpp"

#include <string>

namespace polystore::test {
namespace {

class SqliteBodyFixture : public BodyFixture {
 public:
  std::unique_ptr<ports::OutputPort> open() override {
    return adapters::sqlite::open_outputs(folder_.sqlite_url());
  }
  void remove_bodies() override {
    execute(
        "DROP TABLE polystore_bodies; DROP TABLE polystore_body_chunks;"
        "UPDATE polystore_schema SET version = 2 WHERE part = 'outputs'");
  }
  void damage(std::int32_t chunk) override {
    execute("UPDATE polystore_body_chunks SET bytes = zeroblob(length(bytes)) WHERE n = " +
            std::to_string(chunk));
  }

 private:
  void execute(const std::string& sql) {
    const auto deadline = Deadline::after(std::chrono::seconds(20));
    polystore::sqlite::Connection::open({.path = (folder_.path() / "polystore.db").string()},
                                        deadline)
        ->execute(sql.c_str(), deadline);
  }

  TemporaryFolder folder_;
};

}  // namespace

std::unique_ptr<BodyFixture> BodyFixture::make() { return std::make_unique<SqliteBodyFixture>(); }

}  // namespace polystore::test
