// What only MongoDB's index of words has to show: its plan, and the documents it leaves out.
#include "adapters/mongo/factory.hpp"
#include "adapters/mongo/text_index.hpp"
#include "contract/text_contract.hpp"
#include "support/mongo.hpp"
#include "support/server_stores.hpp"

namespace polystore::test {
namespace {

class MongoTextFixture : public TextFixture {
 public:
  std::unique_ptr<ports::OutputPort> open(bool text_search) override {
    return adapters::mongo::open_outputs(mongo.url(), text_search);
  }
  ScratchMongo mongo;
};

const ScratchMongo& server_of(const TextTest& test) {
  return dynamic_cast<const MongoTextFixture&>(*test.setup).mongo;
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

}  // namespace

std::unique_ptr<TextFixture> TextFixture::make() { return std::make_unique<MongoTextFixture>(); }

TEST_CASE("mongo: each word of a search is looked up in the index, and no document besides") {
  TextTest f;
  for (int i = 0; i < 50; ++i) f.put({.text = "common"});
  f.put({.text = "rare common"});
  const auto plan_of = [&](const ports::TextSearch& search) {
    const auto command = adapters::mongo::text_search_command(search);
    return server_of(f).command(R"({"explain":)" + json_of(command) +
                                R"(,"verbosity":"executionStats"})");
  };
  const std::string one = plan_of({.text = "rare", .user_id = 1});
  INFO(one);
  CHECK(count_of(one, "COLLSCAN") == 0);
  CHECK(count_of(one, "polystore_words") > 0);
  CHECK(one.find(R"("totalKeysExamined" : 1,)") != std::string::npos);
  const std::string two = plan_of({.text = "rare common"});
  INFO(two);
  CHECK(count_of(two, "COLLSCAN") == 0);
  CHECK(count_of(two, "$unionWith") > 0);
}

TEST_CASE(
    "mongo: a large document is left out, by whoever knows of the index, and read as it was") {
  TextTest f;
  const std::string large = test::different_words(450'000);
  const auto other = f.setup->open(false);
  other->migrate(TextTest::soon());
  for (auto* port : {f.port.get(), other.get()}) {
    const auto id = TextTest::put(*port, {.title = "large", .text = large});
    const auto read = port->read({&id, 1}, TextTest::soon()).front();
    REQUIRE(read);
    const Content content = values::decode_read_copy(read->bson);
    CHECK(content.metadata.title == "large");
    CHECK(content.output.get_string("text") == large);
  }
  CHECK(f.search("large").empty());
}

TEST_CASE("mongo: a server that was away when the store was opened gets its index by a search") {
  TextTest f;
  const auto id = f.put({.text = "fox"});
  (void)server_of(f).command(R"({"dropIndexes":"aiGenerated","index":"polystore_words"})");
  CHECK(f.search("fox") == std::vector{id});
}

}  // namespace polystore::test
