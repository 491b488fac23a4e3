#include "adapters/mongo/factory.hpp"
#include "contract/health_contract.hpp"
#include "support/mongo.hpp"
#include "support/server_stores.hpp"

#include <catch2/catch_test_macros.hpp>

namespace polystore::test {
namespace {

using namespace std::literals;

HealthChecks checks_of(const ScratchMongo& mongo) {
  return adapters::mongo::open_outputs(mongo.url() + "&appName=health")
      ->check(Deadline::after(20s));
}

class MongoHealth : public HealthFixture {
 public:
  std::unique_ptr<ports::HealthPort> healthy() override {
    auto outputs = adapters::mongo::open_outputs(mongo_.url());
    outputs->migrate(Deadline::after(20s));
    return outputs;
  }
  void close(ports::HealthPort& port) override { dynamic_cast<ports::OutputPort&>(port).close(); }

 private:
  ScratchMongo mongo_;
};

}  // namespace

std::unique_ptr<ports::HealthPort> store_at(std::uint16_t port) {
  return adapters::mongo::open_outputs("mongodb://app:s3cr3t@127.0.0.1:" + std::to_string(port) +
                                       "/app");
}

std::unique_ptr<HealthFixture> HealthFixture::make() { return std::make_unique<MongoHealth>(); }

TEST_CASE("a look at MongoDB creates nothing and says that the indexes are missing") {
  const ScratchMongo mongo;
  const auto checks = checks_of(mongo);
  CHECK(status_of(checks, "schema") == HealthStatus::warning);
  CHECK(status_of(checks, "write_concern") == HealthStatus::ok);
  CHECK(mongo.command(R"({"listCollections":1})").find("aiGenerated") == std::string::npos);
}

TEST_CASE("a collection with only some of the indexes is not up to date") {
  const ScratchMongo mongo;
  adapters::mongo::open_outputs(mongo.url())->migrate(Deadline::after(20s));
  CHECK(status_of(checks_of(mongo), "schema") == HealthStatus::ok);
  (void)mongo.command(R"({"dropIndexes":"aiGenerated","index":"tags_generatedAt"})");
  CHECK(status_of(checks_of(mongo), "schema") == HealthStatus::warning);
}

TEST_CASE("a set of one server is told to be one") {
  const ScratchMongo mongo;
  const auto check = check_named(checks_of(mongo), "replica_set");
  CHECK(check.status == HealthStatus::warning);
  CHECK(check.message.find("a set of one server") != std::string::npos);
}

TEST_CASE("writes that no majority acknowledges are a failed check") {
  const ScratchMongo mongo;
  const MongoFailPoint fault(
      "health", R"("failCommands":["delete"],"writeConcernError":{"code":64,"errmsg":"late"})");
  const auto checks = checks_of(mongo);
  CHECK(status_of(checks, "write_concern") == HealthStatus::failure);
  CHECK(failures(checks) == 1);
}

}  // namespace polystore::test
