// Bytes that are damaged or hostile are nothing: never a crash, never another value. Meant to run
// with AddressSanitizer and UndefinedBehaviorSanitizer.
#include "polystore/limits.hpp"

#include "unit/values/envelopes.hpp"
#include "values/envelope.hpp"
#include "values/envelope_format.hpp"

#include <catch2/catch_test_macros.hpp>

#include <zstd.h>

#include <string>
#include <string_view>
#include <vector>

using namespace polystore;
using values::decode_envelope;
using values::decode_scopes;
using values::encode_envelope;
using values::Envelope;

namespace {

namespace format = values::envelope_format;

std::string big_endian(std::uint64_t value) {
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8) {
    bytes += static_cast<char>(static_cast<unsigned char>(value >> static_cast<unsigned>(shift)));
  }
  return bytes;
}

// As an attacker who knows the checksum would.
std::string sealed(std::string bytes) {
  bytes.resize(bytes.size() - format::checksum_bytes);
  return bytes + big_endian(format::checksum(bytes));
}

std::vector<std::string> samples() {
  std::mt19937_64 random(1);
  std::vector<std::string> made;
  for (const std::size_t size : {std::size_t{0}, std::size_t{5}, std::size_t{300}}) {
    for (int i = 0; i < 6; ++i) {
      made.push_back(encode_envelope(test::random_envelope(random, size), i % 2 == 0 ? 0 : 1000));
    }
  }
  return made;
}

// In a buffer of exactly its size, so that AddressSanitizer sees a read behind its end.
std::optional<Envelope> decode(std::string_view bytes) {
  const std::vector<char> exact(bytes.begin(), bytes.end());
  (void)decode_scopes({exact.data(), exact.size()});
  return decode_envelope({exact.data(), exact.size()});
}

std::string frame_of(std::string_view text) {
  std::string frame(ZSTD_compressBound(text.size()), '\0');
  frame.resize(ZSTD_compress(frame.data(), frame.size(), text.data(), text.size(), 1));
  return frame;
}

// An envelope with this text as its zstd frame.
std::string with_frame(std::string_view frame, std::uint64_t size_bytes) {
  std::string bytes(format::magic);
  bytes += {static_cast<char>(format::version), static_cast<char>(format::compressed), 0, 0};
  bytes += std::string(24, '\0');  // filled_at, stale_for, epoch
  bytes += std::string(24, '\0');  // usage
  bytes += std::string(2, '\0');   // finish reason, chunks
  bytes += big_endian(size_bytes);
  bytes += frame;
  return sealed(bytes + std::string(format::checksum_bytes, '\0'));
}

}  // namespace

TEST_CASE("an envelope with a byte changed is nothing") {
  for (const std::string& bytes : samples()) {
    REQUIRE(decode(bytes));
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      for (const unsigned change : {0x01U, 0x20U, 0xFFU}) {
        std::string changed = bytes;
        changed[at] = static_cast<char>(static_cast<unsigned char>(changed[at]) ^ change);
        if (decode(changed)) FAIL("byte " << at << " of " << bytes.size());
      }
    }
  }
}

TEST_CASE("an envelope that is cut off, or has more behind it, is nothing") {
  for (const std::string& bytes : samples()) {
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      if (decode(std::string_view(bytes).substr(0, size))) FAIL(size << " of " << bytes.size());
    }
    CHECK_FALSE(decode(bytes + '\0'));
    CHECK_FALSE(decode(bytes + bytes));
  }
}

TEST_CASE("a cut or a byte changed under a good checksum is nothing or another good envelope") {
  for (const std::string& bytes : samples()) {
    for (std::size_t at = 0; at + format::checksum_bytes < bytes.size(); ++at) {
      for (const unsigned change : {0x01U, 0x04U, 0x80U}) {
        std::string changed = bytes;
        changed[at] = static_cast<char>(static_cast<unsigned char>(changed[at]) ^ change);
        const auto decoded = decode(sealed(changed));
        // One form only: what is taken is what would be written.
        const bool plain = (static_cast<unsigned char>(changed[5]) & format::compressed) == 0;
        if (decoded && plain &&
            encode_envelope(*decoded, limits::response_bytes) != sealed(changed)) {
          FAIL("byte " << at << " by " << change);
        }
      }
      const std::string cut = bytes.substr(0, at) + std::string(format::checksum_bytes, '\0');
      if (decode(sealed(cut))) FAIL("cut at " << at);
    }
  }
}

TEST_CASE("random bytes are nothing") {
  std::mt19937_64 random(2);
  for (int round = 0; round < 10'000; ++round) {
    const std::string bytes = test::random_bytes(random, test::random_below(random, 200));
    if (decode(bytes)) FAIL("round " << round);
    std::string headed = std::string(format::magic) + static_cast<char>(format::version) +
                         static_cast<char>(test::random_below(random, 8)) + '\0' +
                         static_cast<char>(test::random_below(random, 3)) + std::string(16, '\0') +
                         bytes + std::string(format::checksum_bytes, '\0');
    (void)decode(sealed(headed));
  }
}

TEST_CASE("mutated envelopes under a good checksum never crash") {
  std::mt19937_64 random(3);
  const std::vector<std::string> from = samples();
  for (int round = 0; round < 10'000; ++round) {
    std::string bytes = from[test::random_below(random, from.size())];
    for (std::size_t i = 1 + test::random_below(random, 4); i > 0; --i) {
      const std::size_t at = test::random_below(random, bytes.size() - format::checksum_bytes);
      const std::size_t way = test::random_below(random, 3);
      if (way == 0) bytes[at] = static_cast<char>(test::random_below(random, 256));
      if (way == 1) bytes.insert(at, test::random_bytes(random, test::random_below(random, 9)));
      if (way == 2 && bytes.size() > 64) bytes.erase(at, 1 + test::random_below(random, 9));
      if (bytes.size() < 2 * format::checksum_bytes) bytes.resize(2 * format::checksum_bytes);
    }
    (void)decode(sealed(bytes));
  }
}

TEST_CASE("a compressed text is what its frame says and no larger than a response may be") {
  const std::string text = "Rain, then sun. Rain, then sun. Rain, then sun. Rain, then sun.";
  const std::string frame = frame_of(text);
  const auto good = decode(with_frame(frame, text.size()));
  REQUIRE(good);
  CHECK(good->response->text == text);
  CHECK_FALSE(decode(with_frame(frame, text.size() + 1)));
  CHECK_FALSE(decode(with_frame(frame, text.size() - 1)));
  CHECK_FALSE(decode(with_frame(frame, 0)));
  CHECK_FALSE(decode(with_frame(frame + '\0', text.size())));
  CHECK_FALSE(decode(with_frame(frame + frame, text.size())));
  CHECK_FALSE(decode(with_frame(frame + frame, 2 * text.size())));
  CHECK_FALSE(decode(with_frame(frame.substr(0, frame.size() - 1), text.size())));
  CHECK_FALSE(decode(with_frame(text, text.size())));
  CHECK_FALSE(decode(with_frame("", 1)));
  CHECK_FALSE(decode(with_frame(frame_of(""), 0)));
  const std::string skippable("\x50\x2A\x4D\x18\x01\x00\x00\x00x", 9);
  CHECK_FALSE(decode(with_frame(skippable, 1)));
}

TEST_CASE("a small frame that unfolds without end is nothing, and nothing is made of it") {
  const std::string bomb = frame_of(std::string(limits::response_bytes + 1, '\0'));
  REQUIRE(bomb.size() < 10'000);
  CHECK_FALSE(decode(with_frame(bomb, limits::response_bytes + 1)));
  CHECK_FALSE(decode(with_frame(bomb, limits::response_bytes)));
  CHECK_FALSE(decode(with_frame(bomb, ~std::uint64_t{0})));
  CHECK_FALSE(decode(with_frame(bomb, 1)));
  // Of 2^60 bytes by its own word: magic, descriptor of a single segment with 8 bytes of size.
  const std::string boast = std::string("\x28\xB5\x2F\xFD\xE0", 5) +
                            std::string("\0\0\0\0\0\0\0\x10", 8) + std::string("\x03\0\0x", 4);
  CHECK_FALSE(decode(with_frame(boast, std::uint64_t{1} << 60U)));
  CHECK_FALSE(decode(with_frame(boast, limits::response_bytes)));
}

TEST_CASE("counts and sizes that promise more than there is are nothing") {
  std::string head(format::magic);
  head += {static_cast<char>(format::version), 0, 0, 0};
  head += std::string(24 + 24, '\0');
  const auto decoded = [&](std::string_view rest) {
    return decode(sealed(head + std::string(rest) + std::string(format::checksum_bytes, '\0')));
  };
  const std::string one_byte = big_endian(1) + "x";
  using namespace std::string_literals;
  REQUIRE(decoded("\0\0"s + one_byte));
  REQUIRE(decoded("\0\1\1"s + one_byte));
  CHECK_FALSE(decoded("\x41"s + std::string(65, 'r') + "\0"s + one_byte));  // finish reason
  CHECK_FALSE(decoded("\0\xff\xff\xff\xff\x0f"s + one_byte));               // chunks
  CHECK_FALSE(decoded("\0\xff\xff\xff\xff\xff\x0f"s + one_byte));
  CHECK_FALSE(decoded("\0\x80\0"s + one_byte));  // 0 in two bytes
  CHECK_FALSE(decoded("\0\1\2"s + one_byte));    // ends behind the text
  CHECK_FALSE(decoded("\0\2\1\xff\xff\xff\xff\x7f"s + one_byte));
  CHECK_FALSE(decoded("\0\0"s + big_endian(2) + "x"));  // text
  CHECK_FALSE(decoded("\0\0"s + big_endian(~std::uint64_t{0}) + "x"));
  for (const int scopes : {1, 69, 255}) {
    head[7] = static_cast<char>(scopes);
    CHECK_FALSE(decoded("\0\0"s + one_byte));
    if (scopes > 1) CHECK_FALSE(decode_scopes(head));
  }
}
