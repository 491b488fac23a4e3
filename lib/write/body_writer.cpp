#include "write/body_writer.hpp"

#include "polystore/error.hpp"
#include "polystore/limits.hpp"

#include "values/sha256.hpp"
#include "write/attempts.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace polystore::write {
namespace {

[[noreturn]] void refuse_source(std::string_view message) {
  throw_invalid_argument("put", "source", message);
}

// Fills `chunk` as far as the source goes; how many bytes there are.
std::size_t fill(std::span<std::byte> chunk, const BodySource& source) {
  std::size_t filled = 0;
  while (filled < chunk.size()) {
    const auto rest = chunk.subspan(filled);
    const std::size_t given = source(rest);
    if (given > rest.size()) refuse_source("wrote more bytes than it was given room for");
    if (given == 0) break;
    filled += given;
  }
  return filled;
}

}  // namespace

Body BodyWriter::write(NewBody wanted, const BodySource& source,
                       const support::StepDeadline& steps) {
  Body body{.id = ContentId::generate(), .media_type = std::move(wanted.media_type)};
  const ports::BodyHeader header{
      .body = body.id, .content = wanted.content, .user_id = wanted.user_id};
  try {
    const Deadline deadline = steps.next();
    Attempts(deadline).repeat([&] { bodies_.begin(header, deadline); });
    write_chunks(body, source, steps);
  } catch (...) {
    discard(body.id, steps.next());
    throw;
  }
  return body;
}

void BodyWriter::write_chunks(Body& body, const BodySource& source,
                              const support::StepDeadline& steps) {
  std::vector<std::byte> chunk(limits::body_chunk_bytes);
  values::Sha256 hash;
  for (std::int32_t number = 0;; ++number) {
    const std::size_t filled = fill(chunk, source);
    steps.require_time("put");
    if (filled == 0) break;
    body.size_bytes += static_cast<std::int64_t>(filled);
    if (body.size_bytes > limits::body_bytes) {
      refuse_source("gives more than " + std::to_string(limits::body_bytes) +
                    " bytes; split it into several contents");
    }
    const auto bytes = std::span<const std::byte>(chunk).first(filled);
    hash.add_bytes(bytes.data(), bytes.size());
    const Deadline deadline = steps.next();
    Attempts(deadline).repeat([&] { bodies_.write(body.id, number, bytes, deadline); });
    if (filled < chunk.size()) break;
  }
  body.sha256 = hash.finish();
}

void BodyWriter::discard(const ContentId& body, Deadline deadline) noexcept {
  try {
    bodies_.erase({&body, 1}, deadline);
  } catch (...) {  // the sweeper's then
  }
}

void BodyWriter::discard_unless_owned(const ContentId& body, const ContentId& content,
                                      const ports::ReadContent& read, Deadline deadline) noexcept {
  try {
    const auto stored = read(content, deadline);
    if (!stored || !stored->body || stored->body->id == body) return;
  } catch (...) {
    return;
  }
  discard(body, deadline);
}

}  // namespace polystore::write
