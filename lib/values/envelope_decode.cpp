#include "polystore/limits.hpp"

#include "values/envelope.hpp"
#include "values/envelope_format.hpp"

#include <zstd.h>

#include <algorithm>
#include <functional>
#include <new>
#include <utility>

namespace polystore::values {
namespace {

namespace format = envelope_format;

// Takes bytes from the front. After one that is not there, nothing is good any more and all that is
// read is zero.
class Reader {
 public:
  explicit Reader(std::string_view bytes) noexcept : rest_(bytes) {}

  [[nodiscard]] bool good() const noexcept { return good_; }
  [[nodiscard]] std::string_view rest() const noexcept { return rest_; }

  std::string_view raw(std::size_t size) noexcept {
    if (size > rest_.size()) {
      good_ = false;
      rest_ = {};
      return {};
    }
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  std::uint8_t byte() noexcept {
    const std::string_view taken = raw(1);
    return taken.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(taken[0]);
  }
  std::uint64_t number() noexcept {
    std::uint64_t value = 0;
    for (const char byte : raw(8)) value = value << 8U | static_cast<unsigned char>(byte);
    return value;
  }
  std::int64_t signed_number() noexcept { return static_cast<std::int64_t>(number()); }
  // At most five bytes: far more than any size within the limits.
  std::size_t small_number() noexcept {
    std::size_t value = 0;
    for (unsigned shift = 0; shift < 35; shift += 7) {
      const std::size_t next = byte();
      value |= (next & 0x7FU) << shift;
      if ((next & 0x80U) != 0) continue;
      if (next == 0 && shift != 0) good_ = false;  // the same number in fewer bytes is the one
      return value;
    }
    good_ = false;
    return 0;
  }

 private:
  std::string_view rest_;
  bool good_ = true;
};

struct Head {
  std::uint8_t flags = 0;
  Timestamp filled_at{};
  std::chrono::milliseconds stale_for{};
  std::int64_t epoch = 0;
  std::vector<std::uint64_t> scopes{};
};

std::optional<Head> read_head(Reader& reader) {
  if (reader.raw(format::magic.size()) != format::magic) return std::nullopt;
  if (reader.byte() != format::version) return std::nullopt;
  Head head{.flags = reader.byte()};
  const std::size_t high = reader.byte();
  const std::size_t count = high << 8U | reader.byte();
  if ((head.flags & ~format::all_flags) != 0 || count > format::most_scopes) return std::nullopt;
  head.filled_at = Timestamp(std::chrono::milliseconds(reader.signed_number()));
  head.stale_for = std::chrono::milliseconds(reader.signed_number());
  head.epoch = reader.signed_number();
  if (count * 8 > reader.rest().size()) return std::nullopt;
  head.scopes.resize(count);
  for (std::uint64_t& scope : head.scopes) scope = reader.number();
  const bool good =
      reader.good() && head.filled_at >= format::earliest && head.filled_at < format::end_of_time &&
      head.stale_for.count() >= 0 && head.stale_for <= limits::longest_ttl && head.epoch >= 0 &&
      std::ranges::adjacent_find(head.scopes, std::greater_equal<>()) == head.scopes.end();
  return good ? std::optional(std::move(head)) : std::nullopt;
}

// Kept for each thread, with its 160 kB: to make one takes longer than to decompress 4 kB.
ZSTD_DCtx* decompressor() {
  thread_local const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(),
                                                                                  &ZSTD_freeDCtx);
  return context.get();
}

// Says no before it allocates, if the frame says that it is of another size.
bool decompress(std::string_view frame, std::size_t size_bytes, std::string& text) {
  constexpr std::string_view magic = "\x28\xB5\x2F\xFD";  // zstd may read frames of older formats
  if (!frame.starts_with(magic)) return false;
  if (ZSTD_getFrameContentSize(frame.data(), frame.size()) != size_bytes) return false;
  if (ZSTD_findFrameCompressedSize(frame.data(), frame.size()) != frame.size()) return false;
  ZSTD_DCtx* const context = decompressor();
  if (context == nullptr) throw std::bad_alloc();
  text.resize(size_bytes);
  return ZSTD_decompressDCtx(context, text.data(), text.size(), frame.data(), frame.size()) ==
         size_bytes;
}

bool read_text(Reader& reader, bool compressed, std::string& text) {
  const std::uint64_t size_bytes = reader.number();
  if (!reader.good() || size_bytes > limits::response_bytes) return false;
  if (compressed) {
    return size_bytes != 0 && decompress(reader.rest(), static_cast<std::size_t>(size_bytes), text);
  }
  if (size_bytes != reader.rest().size()) return false;
  text = reader.rest();
  return true;
}

bool read_chunk_ends(Reader& reader, std::vector<std::size_t>& ends) {
  const std::size_t count = reader.small_number();
  // Each takes a byte at least.
  if (count > limits::chunks_per_response || count > reader.rest().size()) return false;
  ends.reserve(count);
  std::size_t end = 0;
  for (std::size_t i = 0; i < count; ++i) {
    end += reader.small_number();
    if (end > limits::response_bytes) return false;
    ends.push_back(end);
  }
  return reader.good();
}

std::shared_ptr<const Response> read_response(Reader& reader, std::uint8_t flags) {
  auto response = std::make_shared<Response>();
  Usage& usage = response->usage;
  usage.prompt_tokens = reader.signed_number();
  usage.completion_tokens = reader.signed_number();
  usage.latency = std::chrono::microseconds(reader.signed_number());
  if (usage.prompt_tokens < 0 || usage.completion_tokens < 0 || usage.latency.count() < 0) {
    return nullptr;
  }
  if ((flags & format::content_id) != 0) {
    ContentId::Bytes bytes{};
    const std::string_view taken = reader.raw(bytes.size());
    std::copy(taken.begin(), taken.end(), bytes.begin());
    response->content_id = ContentId::from_bytes(bytes);
  }
  const std::size_t reason_bytes = reader.byte();
  if (reason_bytes > limits::finish_reason_bytes) return nullptr;
  response->finish_reason = reader.raw(reason_bytes);
  const bool compressed = (flags & format::compressed) != 0;
  if (!read_chunk_ends(reader, response->chunk_ends) ||
      !read_text(reader, compressed, response->text)) {
    return nullptr;
  }
  const auto& ends = response->chunk_ends;
  if (!ends.empty() && ends.back() != response->text.size()) return nullptr;
  return response;
}

}  // namespace

std::optional<Envelope> decode_envelope(std::string_view bytes) {
  if (bytes.size() < format::bytes_before_scopes + format::checksum_bytes) return std::nullopt;
  const std::string_view checked = bytes.substr(0, bytes.size() - format::checksum_bytes);
  Reader reader(checked);
  std::optional<Head> head = read_head(reader);
  if (!head) return std::nullopt;
  if (Reader(bytes.substr(checked.size())).number() != format::checksum(checked)) {
    return std::nullopt;
  }
  Envelope envelope{.stale_for = head->stale_for,
                    .scopes = std::move(head->scopes),
                    .epoch = head->epoch,
                    .filled_at = head->filled_at};
  if ((head->flags & format::failure) != 0) {
    const std::uint8_t code = reader.byte();
    if (head->flags != format::failure || code > static_cast<int>(ErrorCode::internal) ||
        !reader.good() || !reader.rest().empty()) {
      return std::nullopt;
    }
    envelope.failure = static_cast<ErrorCode>(code);
    return envelope;
  }
  envelope.response = read_response(reader, head->flags);
  return envelope.response ? std::optional(std::move(envelope)) : std::nullopt;
}

std::optional<EnvelopeScopes> decode_scopes(std::string_view head_bytes) {
  Reader reader(head_bytes);
  std::optional<Head> head = read_head(reader);
  if (!head) return std::nullopt;
  return EnvelopeScopes{.hashes = std::move(head->scopes), .epoch = head->epoch};
}

}  // namespace polystore::values
