#pragma once

#include "polystore/content.hpp"

#include "ports/output_port.hpp"
#include "values/read_copy.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace polystore::test {

/// One empty output store for one test of the text contract (text_contract.cpp), gone at its end.
/// Each backend's program defines make().
class TextFixture {
 public:
  /// Skips the test where a server is needed and not there.
  static std::unique_ptr<TextFixture> make();

  TextFixture() = default;
  TextFixture(const TextFixture&) = delete;
  TextFixture& operator=(const TextFixture&) = delete;
  virtual ~TextFixture() = default;

  /// A new port on the same store each time; migrate is for the caller.
  virtual std::unique_ptr<ports::OutputPort> open(bool text_search) = 0;
};

/// A port with an index of words, and copies to search.
struct TextTest {
  TextTest() { port->migrate(soon()); }

  static Deadline soon() { return Deadline::after(std::chrono::seconds(60)); }

  /// A copy whose output is {"text": …}.
  struct Copy {
    std::string title = "title";
    std::string text{};
    std::int64_t user_id = 1;
    Tenant tenant = Tenant::shared();
    std::string model = "model";
    std::vector<std::string> tags{};
    std::optional<Document> output{};
    ContentId id = ContentId::generate();
    std::int64_t version = 1;
  };

  static std::vector<std::byte> bson_of(const Copy& copy) {
    const Metadata metadata{.id = copy.id,
                            .version = copy.version,
                            .title = copy.title,
                            .model = copy.model,
                            .user_id = copy.user_id,
                            .tenant = copy.tenant,
                            .tags = copy.tags};
    return values::encode_read_copy(
        metadata,
        copy.output ? *copy.output : Document::from_json("{\"text\":\"" + copy.text + "\"}"));
  }

  static ContentId put(ports::OutputPort& to, const Copy& copy) {
    const auto bson = bson_of(copy);
    const ports::OutputDocument document{.id = copy.id, .version = copy.version, .bson = bson};
    const auto outcome = to.write({&document, 1}, soon()).front();
    INFO((outcome.error ? outcome.error->what() : ""));
    REQUIRE(outcome.status == ports::OutputStatus::stored);
    return copy.id;
  }
  ContentId put(const Copy& copy) { return put(*port, copy); }

  static std::vector<ContentId> search(ports::OutputPort& in, const ports::TextSearch& asked) {
    REQUIRE(in.texts() != nullptr);
    std::vector<ContentId> ids;
    for (const auto& found : in.texts()->search(asked, soon())) ids.push_back(found.id);
    return ids;
  }
  std::vector<ContentId> search(const ports::TextSearch& asked) { return search(*port, asked); }
  std::vector<ContentId> search(const std::string& text) {
    return search(ports::TextSearch{.text = text});
  }

  std::unique_ptr<TextFixture> setup = TextFixture::make();
  std::unique_ptr<ports::OutputPort> port = setup->open(true);
};

/// Text of so many different words.
inline std::string different_words(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += "w" + std::to_string(i) + " ";
  return text;
}

}  // namespace polystore::test
