#include "values/content_json.hpp"

#include <catch2/catch_test_macros.hpp>

#include <limits>

using namespace polystore;

TEST_CASE("a user's line has every field, and the time in UTC") {
  CHECK(values::user_line(7, "A \"B\"\n\x01", Timestamp(std::chrono::milliseconds(-1))) ==
        "{\"type\":\"user\",\"id\":7,\"name\":\"A \\\"B\\\"\\n\\u0001\","
        "\"created_at\":\"1969-12-31T23:59:59.999Z\"}\n");
}

TEST_CASE("a content's line has every field in one order") {
  const auto id = *ContentId::parse("01890a5d-ac96-774b-bcce-b302099a8057");
  const Metadata metadata{
      .id = id,
      .version = 2,
      .title = "Größe",
      .model = "GPT-4",
      .user_id = 7,
      .tenant = Tenant::named("acme"),
      .generated_at = Timestamp(std::chrono::milliseconds(1'700'000'000'123)),
      .tags = {"a", "b"},
      .usage = {
          .prompt_tokens = 1, .completion_tokens = 2, .latency = std::chrono::microseconds(3)}};
  const std::string head =
      R"({"type":"content","id":"01890a5d-ac96-774b-bcce-b302099a8057","version":2,)"
      R"("title":"Größe","model":"GPT-4","user_id":7,"tenant":"acme",)"
      R"("generated_at":"2023-11-14T22:13:20.123Z","tags":["a","b"],)"
      R"("usage":{"prompt_tokens":1,"completion_tokens":2,"latency_us":3})";
  Content content{.metadata = metadata, .output = Document::from_json("{}")};
  CHECK(values::content_line(content) == head + ",\"output\":{ }}\n");
  CHECK(values::lost_content_line(metadata) == head + ",\"output_lost\":true}\n");
  content.embedding = Embedding{.tenant = Tenant::shared(),
                                .values = {0.1F, -2, std::numeric_limits<float>::min()},
                                .space = "s"};
  content.body = Body{.size_bytes = 4'194'305, .media_type = "audio/\"wav\""};
  content.body->sha256.back() = 0xa1;
  CHECK(values::content_line(content) ==
        head + R"(,"output":{ },"embedding":{"tenant":null,"space":"s","model":"",)" +
            R"("values":[0.1,-2,1.1754944e-38]},"body":{"size_bytes":4194305,)" +
            R"("media_type":"audio/\"wav\"","sha256":")" + std::string(62, '0') +
            "a1\",\"chunks\":2}}\n");
}

TEST_CASE("a body's line has its bytes in Base64") {
  const auto id = *ContentId::parse("01890a5d-ac96-774b-bcce-b302099a8057");
  const std::string head =
      R"({"type":"body","content_id":"01890a5d-ac96-774b-bcce-b302099a8057","chunk":3,)";
  const auto line = [&](const std::string& text) {
    std::vector<std::byte> bytes;
    for (const char c : text) bytes.push_back(static_cast<std::byte>(c));
    return values::body_line(id, 3, bytes);
  };
  // RFC 4648, 10.
  CHECK(line("f") == head + "\"base64\":\"Zg==\"}\n");
  CHECK(line("fo") == head + "\"base64\":\"Zm8=\"}\n");
  CHECK(line("foobar") == head + "\"base64\":\"Zm9vYmFy\"}\n");
  CHECK(values::body_line(id, 3, std::nullopt) == head + "\"lost\":true}\n");
}

TEST_CASE("times of all years have four digits of it") {
  using namespace std::chrono;
  const auto line = [](Timestamp time) { return values::user_line(1, "a", time); };
  CHECK(line(sys_days(year(1) / 1 / 1)).find("\"0001-01-01T00:00:00.000Z\"") != std::string::npos);
  CHECK(line(sys_days(year(9999) / 12 / 31) + 86'399'999ms).find("\"9999-12-31T23:59:59.999Z\"") !=
        std::string::npos);
}
