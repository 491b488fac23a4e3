// What only MongoDB can show of bodies: that its index of ids is enough, and what its faults come
// to.
#include "adapters/mongo/body_commands.hpp"
#include "adapters/mongo/commands.hpp"
#include "adapters/mongo/factory.hpp"
#include "contract/body_contract.hpp"
#include "support/errors.hpp"
#include "support/mongo.hpp"
#include "support/server_stores.hpp"

#include <catch2/catch_test_macros.hpp>

#include <array>
#include <string>
#include <vector>

namespace polystore::test {
namespace {

using namespace std::literals;

class MongoBodyFixture : public BodyFixture {
 public:
  std::unique_ptr<ports::OutputPort> open() override {
    return adapters::mongo::open_outputs(mongo_.url());
  }
  void remove_bodies() override {
    for (const char* name : {"aiGenerated.bodies", "aiGenerated.chunks"}) {
      (void)mongo_.command(R"({"insert":")"s + name + R"(","documents":[{"_id":1}]})");
      (void)mongo_.command(R"({"drop":")"s + name + "\"}");
    }
  }
  void damage(std::int32_t chunk) override {
    (void)mongo_.command(R"({"update":"aiGenerated.chunks","updates":[{"q":{"_id.n":)" +
                         std::to_string(chunk) +
                         R"(},"u":{"$set":{"bytes":{"$binary":{"base64":"AAAA","subType":"00"}}}},
                            "multi":true}]})");
  }

 private:
  ScratchMongo mongo_;
};

Deadline soon() { return Deadline::after(20s); }

// How many keys and documents the server looks at for a command, as "keys/documents".
std::string looks_at(const ScratchMongo& mongo, const mongo::Bson& command) {
  const std::string reply =
      mongo.command(R"({"explain":)" + json_of(command) + R"(,"verbosity":"executionStats"})");
  INFO(reply);
  const auto number = [&](const std::string& name) {
    const auto at = reply.find("\"" + name + "\" : ");
    REQUIRE(at != std::string::npos);
    const auto begin = at + name.size() + 5;
    return reply.substr(begin, reply.find_first_not_of("0123456789", begin) - begin);
  };
  return number("totalKeysExamined") + "/" + number("totalDocsExamined");
}

}  // namespace

std::unique_ptr<BodyFixture> BodyFixture::make() { return std::make_unique<MongoBodyFixture>(); }

TEST_CASE("MongoDB finds chunks by the index of ids, and measures a body by that alone") {
  using namespace adapters::mongo;
  const ScratchMongo mongo;
  const auto port = open_outputs(mongo.url());
  const std::array bodies{ContentId::generate(), ContentId::generate(), ContentId::generate()};
  for (const auto& body : bodies) {
    port->bodies().begin({.body = body, .content = body}, soon());
    for (int n = 0; n < 4; ++n) {
      port->bodies().write(body, n, std::vector<std::byte>(100), soon());
    }
  }
  CHECK(looks_at(mongo, read_chunk_command(bodies[1], 2)) == "1/1");
  CHECK(looks_at(mongo, measure_body_command(bodies[1])) == "4/0");
  CHECK(looks_at(mongo, erase_chunks_command({&bodies[1], 1}, soon())) == "4/4");
  CHECK(looks_at(mongo, scan_bodies_command({}, 2)) == "2/2");

  // And what is attached to documents only at those that are named.
  std::string documents;
  std::vector<ContentId> ids;
  for (std::size_t i = 0; i < 20; ++i) {
    ids.push_back(ContentId::generate());
    documents += std::string(i == 0 ? "" : ",") + R"({"_id":{"$uuid":")" + ids[i].to_string() +
                 R"("},"body":{"bytes":1}})";
  }
  (void)mongo.command(R"({"insert":"aiGenerated","documents":[)" + documents + "]}");
  CHECK(looks_at(mongo, find_attached_command(std::span(ids).first(1))) == "1/1");
}

TEST_CASE("a chunk that MongoDB did not acknowledge, or a majority did not confirm, is an error") {
  const ScratchMongo mongo;
  const auto port = adapters::mongo::open_outputs(mongo.url() + "&appName=bodies");
  const auto body = ContentId::generate();
  const std::vector<std::byte> bytes(1000);
  const auto write = [&] { port->bodies().write(body, 0, bytes, soon()); };
  port->bodies().begin({.body = body, .content = body}, soon());
  {
    const MongoFailPoint fault("bodies", R"("failCommands":["update"],"closeConnection":true)");
    const Error error = error_of(write);
    CHECK(error.code() == ErrorCode::unavailable);
    CHECK(error.retryable());
  }
  {
    const MongoFailPoint fault(
        "bodies", R"("failCommands":["update"],"writeConcernError":{"code":64,"errmsg":"x"})");
    CHECK(error_of(write).outcome() == Outcome::unknown);
  }
  write();
  CHECK(port->bodies().read(body, 0, soon()) == bytes);
  CHECK(port->bodies().measure(body, soon()) == ports::BodySize{.chunks = 1, .bytes = 1000});
}

}  // namespace polystore::test
