#pragma once

#include "values/envelope.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

/// Envelopes of many shapes.
namespace polystore::test {

inline std::size_t random_below(std::mt19937_64& random, std::size_t bound) {
  return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random);
}

inline std::string random_bytes(std::mt19937_64& random, std::size_t size) {
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random_below(random, 256));
  return bytes;
}

inline Response random_response(std::mt19937_64& random, std::size_t size) {
  Response response{
      .text = random_below(random, 2) == 0 ? std::string(size, 'x') : random_bytes(random, size),
      .finish_reason = std::string(random_below(random, 65), 'r'),
      .usage = {.prompt_tokens = static_cast<std::int64_t>(random() >> 1U),
                .completion_tokens = static_cast<std::int64_t>(random_below(random, 300)),
                .latency = std::chrono::microseconds(random_below(random, 1'000'000'000))}};
  if (random_below(random, 2) == 0) response.content_id = ContentId::generate();
  if (random_below(random, 2) == 0) {
    for (std::size_t i = random_below(random, 40); i > 0; --i) {
      response.chunk_ends.push_back(random_below(random, size + 1));
    }
    response.chunk_ends.push_back(size);
    std::ranges::sort(response.chunk_ends);
  }
  return response;
}

inline values::Envelope random_envelope(std::mt19937_64& random, std::size_t size) {
  values::Envelope envelope{
      .stale_for = std::chrono::milliseconds(random_below(random, 1'000'000'000)),
      .epoch = static_cast<std::int64_t>(random_below(random, 1'000'000)),
      .filled_at = Timestamp(std::chrono::milliseconds(random_below(random, 2'000'000'000'000)))};
  std::set<std::uint64_t> scopes;
  for (std::size_t i = random_below(random, 69); i > 0; --i) scopes.insert(random());
  envelope.scopes.assign(scopes.begin(), scopes.end());
  if (random_below(random, 5) == 0) {
    envelope.failure = static_cast<ErrorCode>(random_below(random, 12));
  } else {
    envelope.response = std::make_shared<Response>(random_response(random, size));
  }
  return envelope;
}

inline std::vector<values::Envelope> envelopes(std::mt19937_64& random) {
  std::vector<values::Envelope> made;
  const std::vector<std::size_t> sizes{0, 1, 2, 127, 128, 500, 3'000, 70'000};
  for (const std::size_t size : sizes) {
    for (int i = 0; i < 12; ++i) made.push_back(random_envelope(random, size));
  }
  return made;
}

inline bool is_same(const values::Envelope& left, const values::Envelope& right) {
  const bool same_response = left.response == nullptr || right.response == nullptr
                                 ? left.response == right.response && left.failure == right.failure
                                 : *left.response == *right.response;
  return same_response && left.stale_for == right.stale_for && left.scopes == right.scopes &&
         left.filled_at == right.filled_at && left.epoch == right.epoch;
}

inline void check_same(const std::optional<values::Envelope>& decoded,
                       const values::Envelope& envelope) {
  REQUIRE(decoded);
  CHECK(is_same(*decoded, envelope));
}

}  // namespace polystore::test
