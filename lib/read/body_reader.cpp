#include "read/body_reader.hpp"

#include "polystore/error.hpp"

#include "values/body_chunk.hpp"

#include <algorithm>
#include <span>
#include <string>

namespace polystore::read {
namespace {

using values::body_chunk_bytes;

struct Span {
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

Span checked_range(const BodyRange& range, const Body& body) {
  const auto refuse = [&](const std::string& message) {
    throw_invalid_argument("read a body", "range", message);
  };
  if (range.offset < 0 || range.offset > body.size_bytes) {
    refuse("begins outside of the body, which has " + std::to_string(body.size_bytes) +
           " bytes; its offset must be 0 to that");
  }
  const std::int64_t rest = body.size_bytes - range.offset;
  if (range.size_bytes && *range.size_bytes < 0) refuse("has a negative size; use zero or more");
  return {range.offset, range.offset + std::min(rest, range.size_bytes.value_or(rest))};
}

}  // namespace

std::optional<Body> BodyReader::read(const ContentId& id, const BodySink& sink,
                                     const BodyRange& range, const support::StepDeadline& steps) {
  const auto content = read_content_(id, steps.next());
  if (!content || !content->body) return std::nullopt;
  const Body& body = *content->body;
  const auto [begin, end] = checked_range(range, body);
  for (std::int64_t at = begin; at < end;) {
    steps.require_time("read a body");
    const auto number = static_cast<std::int32_t>(at / body_chunk_bytes);
    const auto chunk = read_chunk(id, body, number, steps.next());
    if (!chunk) {
      throw Error({.code = ErrorCode::not_found,
                   .operation = "read a body",
                   .field = "id",
                   .message = "names a content that was erased while its body was read"});
    }
    const std::int64_t first = number * body_chunk_bytes;
    const std::int64_t next = std::min(end, first + static_cast<std::int64_t>(chunk->size()));
    sink(std::span(*chunk).subspan(static_cast<std::size_t>(at - first),
                                   static_cast<std::size_t>(next - at)));
    at = next;
  }
  return body;
}

std::optional<std::vector<std::byte>> BodyReader::read_chunk(const ContentId& content,
                                                             const Body& body, std::int32_t chunk,
                                                             Deadline deadline) {
  auto bytes = bodies_.read(body.id, chunk, deadline);
  if (bytes && static_cast<std::int64_t>(bytes->size()) == values::chunk_size(body, chunk))
    return bytes;
  if (!read_content_(content, deadline)) return std::nullopt;
  throw Error({.code = ErrorCode::data_loss,
               .operation = "read a body",
               .message = "chunk " + std::to_string(chunk) + " of body " + body.id.to_string() +
                          (bytes ? " has another size than it was written with" : " is missing") +
                          "; restore the output store from a backup, or erase the content"});
}

}  // namespace polystore::read
