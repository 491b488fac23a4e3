#include "polystore/error.hpp"

#include "values/envelope.hpp"
#include "values/envelope_format.hpp"

#include <xxhash.h>
#include <zstd.h>

#include <algorithm>
#include <optional>

namespace polystore::values {
namespace {

namespace format = envelope_format;

static_assert(format::bytes_before_scopes + 8 * format::most_scopes <= envelope_head_bytes);
static_assert(static_cast<int>(ErrorCode::internal) == 11, "the numbers of codes are stored");

[[noreturn]] void fail() {
  throw Error({.code = ErrorCode::internal,
               .operation = "store a response",
               .message = "it was not checked before"});
}

class Writer {
 public:
  void byte(std::size_t value) { bytes_ += static_cast<char>(static_cast<unsigned char>(value)); }
  void number(std::uint64_t value) {
    for (int shift = 56; shift >= 0; shift -= 8)
      byte(value >> static_cast<unsigned>(shift) & 0xFFU);
  }
  void signed_number(std::int64_t value) { number(static_cast<std::uint64_t>(value)); }
  // LEB128: seven bits a byte, the lowest first.
  void small_number(std::size_t value) {
    for (; value >= 0x80U; value >>= 7U) byte((value & 0x7FU) | 0x80U);
    byte(value);
  }
  void raw(std::string_view bytes) { bytes_ += bytes; }
  void reserve(std::size_t more) { bytes_.reserve(bytes_.size() + more); }

  std::string finish() {
    number(format::checksum(bytes_));
    return std::move(bytes_);
  }

 private:
  std::string bytes_;
};

// Nothing where it saves no space.
std::optional<std::string> compress(std::string_view text) {
  std::string frame(ZSTD_compressBound(text.size()), '\0');
  const std::size_t size =
      ZSTD_compress(frame.data(), frame.size(), text.data(), text.size(), ZSTD_CLEVEL_DEFAULT);
  if (ZSTD_isError(size) != 0 || size >= text.size()) return std::nullopt;
  frame.resize(size);
  return frame;
}

void check(const Envelope& envelope) {
  if (envelope.scopes.size() > format::most_scopes || envelope.filled_at < format::earliest ||
      envelope.filled_at >= format::end_of_time || envelope.stale_for.count() < 0 ||
      envelope.stale_for > limits::longest_ttl || envelope.epoch < 0) {
    fail();
  }
  if (envelope.response == nullptr) return;
  const Response& response = *envelope.response;
  const bool good =
      response.usage.prompt_tokens >= 0 && response.usage.completion_tokens >= 0 &&
      response.usage.latency.count() >= 0 && response.text.size() <= limits::response_bytes &&
      response.finish_reason.size() <= limits::finish_reason_bytes &&
      response.chunk_ends.size() <= limits::chunks_per_response &&
      std::ranges::is_sorted(response.chunk_ends) &&
      (response.chunk_ends.empty() || response.chunk_ends.back() == response.text.size());
  if (!good) fail();
}

void write_head(Writer& writer, const Envelope& envelope, std::uint8_t flags) {
  writer.raw(format::magic);
  writer.byte(format::version);
  writer.byte(flags);
  writer.byte(envelope.scopes.size() >> 8U);
  writer.byte(envelope.scopes.size() & 0xFFU);
  writer.signed_number(envelope.filled_at.time_since_epoch().count());
  writer.signed_number(envelope.stale_for.count());
  writer.signed_number(envelope.epoch);
  for (const std::uint64_t scope : envelope.scopes) writer.number(scope);
}

void write_response(Writer& writer, const Response& response, std::string_view text) {
  writer.signed_number(response.usage.prompt_tokens);
  writer.signed_number(response.usage.completion_tokens);
  writer.signed_number(response.usage.latency.count());
  if (response.content_id) {
    for (const std::uint8_t byte : response.content_id->bytes()) writer.byte(byte);
  }
  writer.byte(response.finish_reason.size());
  writer.raw(response.finish_reason);
  writer.small_number(response.chunk_ends.size());
  std::size_t before = 0;
  for (const std::size_t end : response.chunk_ends) {
    writer.small_number(end - before);
    before = end;
  }
  writer.number(response.text.size());
  writer.reserve(text.size() + format::checksum_bytes);
  writer.raw(text);
}

}  // namespace

std::uint64_t envelope_format::checksum(std::string_view bytes) noexcept {
  return XXH64(bytes.data(), bytes.size(), 0);
}

std::string encode_envelope(const Envelope& envelope, std::size_t compress_from_bytes) {
  check(envelope);
  Writer writer;
  if (envelope.response == nullptr) {
    write_head(writer, envelope, format::failure);
    writer.byte(static_cast<std::size_t>(envelope.failure));
    return writer.finish();
  }
  const Response& response = *envelope.response;
  std::optional<std::string> frame;
  if (response.text.size() >= compress_from_bytes) frame = compress(response.text);
  const auto flags =
      (frame ? format::compressed : 0) | (response.content_id ? format::content_id : 0);
  write_head(writer, envelope, static_cast<std::uint8_t>(flags));
  write_response(writer, response, frame ? *frame : response.text);
  return writer.finish();
}

}  // namespace polystore::values
