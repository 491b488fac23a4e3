#include "values/read_copy.hpp"

#include "polystore/limits.hpp"

#include "support/errors.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <vector>

using namespace polystore;

namespace {

Metadata sample() {
  return {.id = ContentId::generate(),
          .version = 3,
          .title = "Zusammenfassung – 要約 🙂",
          .model = "GPT-4",
          .user_id = 1023,
          .tenant = Tenant::named("acme"),
          .generated_at = Timestamp(std::chrono::milliseconds(-12345)),
          .tags = {"news", "weather"},
          .usage = {.prompt_tokens = 5,
                    .completion_tokens = 6,
                    .latency = std::chrono::microseconds(402'900)}};
}

}  // namespace

TEST_CASE("a read copy gives back the content it was made of") {
  const Content content{sample(), Document::from_json(R"({"summary":"…","n":[1,2.5,null]})")};
  CHECK(values::decode_read_copy(values::encode_read_copy(content.metadata, content.output)) ==
        content);
}

TEST_CASE("a read copy has the field names that other MongoDB clients query") {
  const auto bytes = values::encode_read_copy(sample(), Document::from_json(R"({"a":1})"));
  const auto copy = Document::from_bson(bytes);
  CHECK(copy.get_string("title") == "Zusammenfassung – 要約 🙂");
  CHECK(copy.get_string("modelUsed") == "GPT-4");
  CHECK(copy.get_integer("userId") == 1023);
  CHECK(values::user_of_read_copy(bytes) == 1023);
  CHECK(copy.get_string("tenant") == "acme");
  CHECK(copy.get_string("tags.1") == "weather");
  CHECK(copy.get_integer("output.a") == 1);
  CHECK(copy.get_integer("version") == 3);
}

TEST_CASE("a read copy of no tenant has no such field, as before there were tenants") {
  Metadata metadata = sample();
  metadata.tenant = Tenant::shared();
  const auto bytes = values::encode_read_copy(metadata, Document());
  CHECK_FALSE(Document::from_bson(bytes).get_string("tenant"));
  CHECK(values::decode_read_copy(bytes).metadata == metadata);
}

TEST_CASE("a content that passes 16 MiB only together with its metadata is refused") {
  const std::string text(limits::content_bytes - 100, 'x');
  const auto output = Document::from_json(R"({"a":")" + text + R"("})");
  test::check_refused("output", "16777216 bytes",
                      [&] { (void)values::encode_read_copy(sample(), output); });
}

TEST_CASE("a damaged read copy is data_loss, never a crash") {
  const auto good = values::encode_read_copy(sample(), Document::from_json(R"({"a":"b"})"));
  for (std::size_t size = 0; size < good.size(); ++size) {
    const auto error = test::error_of([&] { (void)values::decode_read_copy({good.data(), size}); });
    CHECK(error.code() == ErrorCode::data_loss);
  }
  for (std::size_t i = 0; i < good.size(); ++i) {
    auto damaged = good;
    damaged[i] ^= std::byte{0xff};
    try {
      (void)values::decode_read_copy(damaged);
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::data_loss);
    }
  }
}
