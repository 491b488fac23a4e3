#pragma once

#include "polystore/content.hpp"
#include "polystore/deadline.hpp"
#include "polystore/export.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace polystore {

/// Gives the bytes of a body, piece by piece: writes into `into` from its start and returns how
/// many bytes it wrote; 0 is the end. Called in the thread of the put, which is as long as it
/// takes. What it throws comes out of the put, which then stores nothing.
using BodySource = std::function<std::size_t(std::span<std::byte> into)>;

/// Takes the bytes of a body, piece by piece, in the thread of the read. Valid during the call.
/// What it throws ends the read and comes out of it.
using BodySink = std::function<void(std::span<const std::byte> bytes)>;

/// Which bytes of a body are read.
struct BodyRange {
  std::int64_t offset = 0;                   ///< 0 to the body's size.
  std::optional<std::int64_t> size_bytes{};  ///< At most; absent: to the end.
};

/// What is too large for an output, or no JSON: an image, audio, a long text. It is stored with a
/// content in chunks of limits::body_chunk_bytes, streamed in and out; a call holds two chunks in
/// memory, however large the body is. Up to limits::body_bytes.
///
/// A body belongs to its content: no reader sees the one without the other, they are erased
/// together, and it never changes: update leaves it alone.
///
/// Made by ContentStore::bodies(); valid as long as the store is neither moved from nor destroyed.
/// Threads: any. Deadline: of the whole call; where none is given, each chunk has
/// OpenOptions::deadline. Beside the errors that are named, every call may give overloaded,
/// access_denied, schema_mismatch, closed or internal.
class POLYSTORE_EXPORT Bodies {
 public:
  struct Parts;

  explicit Bodies(std::shared_ptr<Parts> parts) noexcept;
  Bodies(const Bodies&) = delete;
  Bodies& operator=(const Bodies&) = delete;
  ~Bodies();

  /// As ContentStore::put, with a body. The chunks are durable before the content is stored: a put
  /// that fails or dies before that leaves nothing that a reader sees, and the sweeper removes what
  /// it leaves. An output store that is down fails it, for a body does not go through the outbox.
  /// `media_type`: for instance "image/png"; printable ASCII of up to limits::media_type_bytes, or
  /// empty.
  /// Errors: those of ContentStore::put; also invalid_argument ("media_type"; "source" when it is
  /// empty, gives more than limits::body_bytes or writes past its span).
  /// Retry: safe with the same Draft::id and the same bytes; the chunks are then written once more.
  ContentId put(const Draft& draft, std::string_view media_type, const BodySource& source,
                std::optional<Deadline> deadline = std::nullopt);

  /// Hands the bytes of a content's body to a sink, in order; each chunk is checked (XXH64) before
  /// the sink gets it. What was read; nothing where there is no such content, or it has no body.
  /// Errors: invalid_argument ("sink" when it is empty; "range"), not_found (the content was erased
  /// meanwhile), unavailable, deadline_exceeded, data_loss. A retry is safe; `range` goes on from
  /// where it ended.
  std::optional<Body> read(const ContentId& id, const BodySink& sink, const BodyRange& range = {},
                           std::optional<Deadline> deadline = std::nullopt);

 private:
  std::shared_ptr<Parts> parts_;
};

}  // namespace polystore
