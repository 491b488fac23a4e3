#pragma once

#include "polystore/content_id.hpp"
#include "polystore/deadline.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace polystore::ports {

/// Announces a body before its first chunk is written, so that what a dead writer left is found.
struct BodyHeader {
  ContentId body{};     ///< Made anew for each upload: no upload writes into another's chunks.
  ContentId content{};  ///< That it is to be a part of.
  std::int64_t user_id = 0;

  friend bool operator==(const BodyHeader&, const BodyHeader&) = default;
};

/// What is there of a body.
struct BodySize {
  std::int64_t chunks = 0;
  std::int64_t bytes = 0;

  friend bool operator==(const BodySize&, const BodySize&) = default;
};

/// Keeps bodies (docs/adr/0031) in chunks: a header each, and chunks numbered from 0. A chunk is
/// never changed. Threads: all members from any. Every member blocks until the deadline at most and
/// may be repeated. Errors: unavailable, deadline_exceeded, …
class BodyPort {
 public:
  BodyPort() = default;
  BodyPort(const BodyPort&) = delete;
  BodyPort& operator=(const BodyPort&) = delete;
  virtual ~BodyPort() = default;

  /// Durable once it returns.
  virtual void begin(const BodyHeader& header, Deadline deadline) = 0;

  /// Durable once it returns; writes the same again where the chunk is there. `bytes`: 1 to
  /// limits::body_chunk_bytes.
  virtual void write(const ContentId& body, std::int32_t chunk, std::span<const std::byte> bytes,
                     Deadline deadline) = 0;

  /// Nothing where there is no such chunk. Reads what was last acknowledged (from the primary).
  /// Errors: data_loss where its bytes are not those that were written (XXH64).
  virtual std::optional<std::vector<std::byte>> read(const ContentId& body, std::int32_t chunk,
                                                     Deadline deadline) = 0;

  /// Of the chunks that are there; reads none of them.
  virtual BodySize measure(const ContentId& body, Deadline deadline) = 0;

  /// Removes all chunks of each, then its header: what an error leaves is found by its header.
  virtual void erase(std::span<const ContentId> bodies, Deadline deadline) = 0;

  /// Headers with a body's id after `after`, by that id; empty at the end.
  virtual std::vector<BodyHeader> scan(const ContentId& after, std::size_t limit,
                                       Deadline deadline) = 0;
};

}  // namespace polystore::ports
