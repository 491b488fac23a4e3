// What MongoDB's faults come to for the outputs: acknowledged, refused for good, or in doubt.
#include "adapters/mongo/factory.hpp"
#include "contract/output_contract.hpp"
#include "support/errors.hpp"
#include "support/faults.hpp"
#include "support/mongo.hpp"
#include "support/server_stores.hpp"
#include "values/read_copy.hpp"

#include <catch2/catch_test_macros.hpp>

#include <array>
#include <string>
#include <thread>
#include <vector>

namespace polystore::test {
namespace {

using namespace std::literals;
using ports::OutputDocument;
using ports::OutputOutcome;
using ports::OutputStatus;

class MongoOutputFixture : public OutputFixture {
 public:
  std::unique_ptr<ports::OutputPort> open() override {
    return adapters::mongo::open_outputs(mongo_.url() + "&appName=faulty");
  }
  ScratchMongo mongo_;
};

struct Fixture {
  Fixture() { port->migrate(soon()); }
  static Deadline soon() { return Deadline::after(20s); }

  std::vector<OutputOutcome> write(const std::vector<std::pair<ContentId, std::string>>& items,
                                   Deadline deadline = soon(), std::int64_t version = 1) {
    std::vector<std::vector<std::byte>> copies;
    std::vector<OutputDocument> documents;
    for (const auto& [id, title] : items) {
      copies.push_back(values::encode_read_copy(
          {.id = id, .version = version, .title = title, .model = "model", .user_id = 1},
          Document::from_json("{}")));
    }
    for (std::size_t i = 0; i < items.size(); ++i) {
      documents.push_back({items[i].first, version, copies[i]});
    }
    return port->write(documents, deadline);
  }
  OutputOutcome write_one(const ContentId& id, const std::string& title = "title") {
    return write({{id, title}}).front();
  }
  bool is_stored(const ContentId& id) { return port->read({&id, 1}, soon()).front().has_value(); }

  // Lets the breaker's pause pass.
  static void let_it_rest() { std::this_thread::sleep_for(600ms); }

  MongoOutputFixture setup;
  std::unique_ptr<ports::OutputPort> port = setup.open();
};

}  // namespace

std::unique_ptr<OutputFixture> OutputFixture::make() {
  return std::make_unique<MongoOutputFixture>();
}

TEST_CASE("a write whose answer was lost is in doubt, and can be repeated") {
  Fixture f;
  const auto id = ContentId::generate();
  {
    const MongoFailPoint fault("faulty", R"("failCommands":["insert"],"closeConnection":true)");
    const auto outcome = f.write_one(id);
    CHECK(outcome.status == OutputStatus::unacknowledged);
    CHECK(outcome.error->code() == ErrorCode::unavailable);
  }
  Fixture::let_it_rest();
  CHECK(f.write_one(id).status == OutputStatus::stored);
  CHECK(f.is_stored(id));
}

TEST_CASE("a server that shuts down or steps down leaves writes in doubt, without a stall") {
  Fixture f;
  for (const std::string code : {"91", "10107", "11600", "189"}) {
    const MongoFailPoint fault("faulty", R"("failCommands":["insert"],"errorCode":)" + code);
    check_ends_within(3s, [&] {
      INFO(code);
      CHECK(f.write({{ContentId::generate(), "t"}}, Deadline::after(3s)).front().status ==
            OutputStatus::unacknowledged);
    });
    Fixture::let_it_rest();
  }
}

TEST_CASE("a write that no majority confirmed is not taken for durable") {
  Fixture f;
  const auto id = ContentId::generate();
  for (const std::string code : {"64", "91", "100"}) {
    const MongoFailPoint fault(
        "faulty", R"("failCommands":["insert","update"],"writeConcernError":{"code":)" + code +
                      R"(,"errmsg":"x"})");
    INFO(code);
    CHECK(f.write_one(id).status == OutputStatus::unacknowledged);
  }
  Fixture::let_it_rest();
  CHECK(f.write_one(id).status == OutputStatus::stored);
}

TEST_CASE("a document that the collection's validator refuses is refused alone") {
  Fixture f;
  (void)f.setup.mongo_.command(R"({"collMod":"aiGenerated","validator":{"title":{"$ne":"bad"}}})");
  const std::array ids{ContentId::generate(), ContentId::generate(), ContentId::generate()};
  const auto outcomes = f.write({{ids[0], "good"}, {ids[1], "bad"}, {ids[2], "good"}});
  CHECK(outcomes[0].status == OutputStatus::stored);
  CHECK(outcomes[1].status == OutputStatus::rejected);
  CHECK(outcomes[1].error->code() == ErrorCode::invalid_argument);
  CHECK(outcomes[2].status == OutputStatus::stored);
  CHECK_FALSE(f.is_stored(ids[1]));
}

TEST_CASE("a server that refuses us for good refuses the write") {
  Fixture f;
  const MongoFailPoint fault("faulty", R"("failCommands":["insert"],"errorCode":13)");
  const auto outcome = f.write_one(ContentId::generate());
  CHECK(outcome.status == OutputStatus::rejected);
  CHECK(outcome.error->code() == ErrorCode::access_denied);
}

TEST_CASE("new, repeated and outdated documents of one batch are told apart") {
  Fixture f;
  const std::array ids{ContentId::generate(), ContentId::generate(), ContentId::generate()};
  (void)f.write({{ids[1], "old"}}, Fixture::soon(), 1);
  (void)f.write({{ids[2], "newer"}}, Fixture::soon(), 5);
  const auto outcomes =
      f.write({{ids[0], "new"}, {ids[1], "again"}, {ids[2], "outdated"}}, Fixture::soon(), 2);
  CHECK(outcomes[0].status == OutputStatus::stored);
  CHECK(outcomes[1].status == OutputStatus::stored);
  CHECK(outcomes[2].status == OutputStatus::superseded);
}

TEST_CASE("a write that was given up and is applied later does not undo a newer one") {
  Fixture f;
  const auto id = ContentId::generate();
  {
    const MongoFailPoint fault(
        "faulty", R"("failCommands":["insert"],"blockConnection":true,"blockTimeMS":1000)",
        R"({"times":1})");
    CHECK(f.write({{id, "late"}}, Deadline::after(200ms)).front().status ==
          OutputStatus::unacknowledged);
    Fixture::let_it_rest();
    CHECK(f.write({{id, "newer"}}, Fixture::soon(), 2).front().status == OutputStatus::stored);
    std::this_thread::sleep_for(1s);
  }
  const auto found = f.port->read({&id, 1}, Fixture::soon()).front();
  REQUIRE(found);
  CHECK(values::decode_read_copy(found->bson).metadata.title == "newer");
}

TEST_CASE("after a failure the next writes do not wait for the server again") {
  Fixture f;
  const auto id = ContentId::generate();
  {
    const StoppedProcess stopped(std::stoi(require_server("MONGO_PID")));
    const auto first = f.write({{id, "t"}}, Deadline::after(700ms)).front();
    CHECK(first.status == OutputStatus::unacknowledged);
    check_ends_within(0ms, [&] {
      const auto second = f.write({{id, "t"}}, Deadline::after(5s)).front();
      CHECK(second.status == OutputStatus::unacknowledged);
      CHECK(second.error->code() == ErrorCode::unavailable);
    });
  }
  const auto give_up = Deadline::after(15s);
  while (f.write_one(id).status != OutputStatus::stored && !give_up.expired()) {
    Fixture::let_it_rest();
  }
  CHECK(f.is_stored(id));
}

TEST_CASE("a scan passes over documents of others, and gives ours that lost their version") {
  Fixture f;
  const auto id = ContentId::generate();
  REQUIRE(f.write_one(id).status == OutputStatus::stored);
  (void)f.setup.mongo_.command(
      R"({"update":"aiGenerated","updates":[{"q":{},"u":{"$unset":{"version":1}},"multi":true}]})");
  (void)f.setup.mongo_.command(
      R"({"insert":"aiGenerated","documents":[{"_id":1},{"_id":"text"},{},
          {"_id":{"$binary":{"base64":"AAAA","subType":"04"}}},
          {"_id":{"$binary":{"base64":"////////////////////////","subType":"00"}}}]})");
  const auto found = f.port->scan({}, Fixture::soon());
  REQUIRE(found.size() == 1);
  CHECK(found[0].id == id);
  CHECK(found[0].version == 0);
}

TEST_CASE("a document of the collection that something else wrote is told, not misread") {
  Fixture f;
  const auto id = ContentId::generate();
  REQUIRE(f.write_one(id).status == OutputStatus::stored);
  (void)f.setup.mongo_.command(
      R"({"update":"aiGenerated","updates":[{"q":{},"u":{"$set":{"version":"one"}},"multi":true}]})");
  CHECK(error_of([&] { (void)f.is_stored(id); }).code() == ErrorCode::data_loss);
}

}  // namespace polystore::test
