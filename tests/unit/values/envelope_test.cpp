#include "values/envelope.hpp"

#include "polystore/cache_key.hpp"
#include "polystore/limits.hpp"

#include "support/errors.hpp"
#include "unit/values/envelopes.hpp"
#include "unit/values/vectors.hpp"
#include "values/envelope_format.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <utility>

using namespace polystore;
using namespace std::chrono_literals;
using test::Json;
using values::decode_envelope;
using values::decode_scopes;
using values::encode_envelope;
using values::Envelope;

namespace {

constexpr std::size_t never = limits::response_bytes + 1;

Envelope envelope_of(const Json& json) {
  Envelope envelope{.stale_for = std::chrono::milliseconds(json.at("stale_for")),
                    .epoch = json.at("epoch"),
                    .filled_at = Timestamp(std::chrono::milliseconds(json.at("filled_at")))};
  for (const Json& scope : json.at("scopes")) envelope.scopes.push_back(test::hash_of(scope));
  if (json.contains("failure")) {
    envelope.failure = static_cast<ErrorCode>(json.at("failure").get<int>());
    return envelope;
  }
  Response response{.text = json.at("text"),
                    .chunk_ends = json.at("chunk_ends"),
                    .finish_reason = json.at("finish_reason"),
                    .usage = {.prompt_tokens = json.at("prompt_tokens"),
                              .completion_tokens = json.at("completion_tokens"),
                              .latency = std::chrono::microseconds(json.at("latency_us"))}};
  if (json.contains("content_id")) {
    const std::string bytes = test::from_hex(json.at("content_id"));
    ContentId::Bytes id{};
    std::copy(bytes.begin(), bytes.end(), id.begin());
    response.content_id = ContentId::from_bytes(id);
  }
  envelope.response = std::make_shared<Response>(std::move(response));
  return envelope;
}

}  // namespace

TEST_CASE("envelopes are those of the documented vectors") {
  for (const Json& vector : test::vectors().at("envelopes")) {
    INFO(vector.at("about"));
    const Envelope envelope = envelope_of(vector.at("envelope"));
    const std::string bytes = test::from_hex(vector.at("bytes"));
    CHECK(encode_envelope(envelope, never) == bytes);
    test::check_same(decode_envelope(bytes), envelope);
  }
}

TEST_CASE("an envelope gives back what was put into it") {
  std::mt19937_64 random(11);
  for (const Envelope& envelope : test::envelopes(random)) {
    for (const std::size_t compress_from : {std::size_t{0}, std::size_t{1000}, never}) {
      const std::string bytes = encode_envelope(envelope, compress_from);
      test::check_same(decode_envelope(bytes), envelope);
      CHECK(decode_scopes(bytes)->hashes == envelope.scopes);
      CHECK(decode_scopes(bytes)->epoch == envelope.epoch);
      CHECK(decode_scopes(std::string_view(bytes).substr(0, values::envelope_head_bytes))->hashes ==
            envelope.scopes);
    }
  }
}

TEST_CASE("a text is compressed from its size on, if that saves space") {
  const auto size_of = [](std::string text, std::size_t compress_from) {
    const Envelope envelope{.response = std::make_shared<Response>(Response{.text = text})};
    const std::string bytes = encode_envelope(envelope, compress_from);
    test::check_same(decode_envelope(bytes), envelope);
    return bytes.size();
  };
  const std::string dull(2000, 'x');
  CHECK(size_of(dull, 2001) > 2000);
  CHECK(size_of(dull, 2000) < 200);
  std::mt19937_64 random(12);
  const std::string noise = test::random_bytes(random, 2000);
  CHECK(size_of(noise, 0) == size_of(noise, never));
  CHECK(size_of("", 0) == size_of("", never));
}

TEST_CASE("the largest response fits, and what was never checked is not stored") {
  Response response{.text = std::string(limits::response_bytes, 'x')};
  response.chunk_ends.assign(limits::chunks_per_response - 1, 1000);
  response.chunk_ends.push_back(response.text.size());
  response.finish_reason.assign(limits::finish_reason_bytes, 'r');
  const Envelope largest{.response = std::make_shared<Response>(response)};
  test::check_same(decode_envelope(encode_envelope(largest, 0)), largest);

  const auto refused = [](const Envelope& envelope) {
    const Error error = test::error_of([&] { (void)encode_envelope(envelope, never); });
    CHECK(error.code() == ErrorCode::internal);
  };
  const auto refused_response = [&](Response bad) {
    refused({.response = std::make_shared<Response>(std::move(bad))});
  };
  refused_response({.text = "ab", .chunk_ends = {1}});
  refused_response({.text = "ab", .chunk_ends = {2, 1, 2}});
  refused_response({.finish_reason = std::string(65, 'r')});
  refused_response({.usage = {.prompt_tokens = -1}});
  refused_response({.text = std::string(limits::response_bytes + 1, 'x')});
  refused({.stale_for = -1ms});
  refused({.stale_for = limits::longest_ttl + 1h});
  refused({.filled_at = Timestamp::max()});
  Envelope scoped;
  scoped.scopes.resize(values::envelope_format::most_scopes + 1);
  refused(scoped);
}

TEST_CASE("the scopes of the widest request are in the first bytes") {
  Request request{.tenant = Tenant::named("t"), .model = "m", .prompt = "p", .user_id = 1};
  for (std::size_t i = 0; i < limits::tags_per_request; ++i) {
    request.tags.push_back(std::to_string(i));
  }
  const CacheKey key = CacheKey::of(request);
  const Envelope envelope{.scopes = {key.scopes().begin(), key.scopes().end()}};
  CHECK(envelope.scopes.size() == values::envelope_format::most_scopes);
  const std::string bytes = encode_envelope(envelope, never);
  CHECK(decode_scopes(std::string_view(bytes).substr(0, values::envelope_head_bytes))->hashes ==
        envelope.scopes);
}

TEST_CASE("an envelope begins as no text does") {
  const std::string bytes = encode_envelope({}, never);
  CHECK(bytes.starts_with("\xF5pse"));
}
