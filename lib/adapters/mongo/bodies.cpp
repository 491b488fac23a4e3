#include "adapters/mongo/bodies.hpp"

#include "adapters/mongo/body_commands.hpp"

#include <algorithm>

namespace polystore::adapters::mongo {
namespace {

// What one command removes, so that what an error leaves is not all of a long list.
constexpr std::size_t bodies_per_erase = 100;

}  // namespace

void MongoBodies::write(Bson command, Deadline deadline) {
  breaker_.watch([&] { check_written(*run_(std::move(command), deadline).get()); });
}

void MongoBodies::begin(const ports::BodyHeader& header, Deadline deadline) {
  write(begin_body_command(header, deadline), deadline);
}

void MongoBodies::write(const ContentId& body, std::int32_t chunk, std::span<const std::byte> bytes,
                        Deadline deadline) {
  write(write_chunk_command(body, chunk, bytes, deadline), deadline);
}

std::optional<std::vector<std::byte>> MongoBodies::read(const ContentId& body, std::int32_t chunk,
                                                        Deadline deadline) {
  return parse_chunk(*run_(read_chunk_command(body, chunk), deadline).get(), body, chunk);
}

ports::BodySize MongoBodies::measure(const ContentId& body, Deadline deadline) {
  return parse_body_size(*run_(measure_body_command(body), deadline).get());
}

void MongoBodies::erase(std::span<const ContentId> bodies, Deadline deadline) {
  while (!bodies.empty()) {
    const auto now = bodies.first(std::min(bodies.size(), bodies_per_erase));
    check_written(*run_(erase_chunks_command(now, deadline), deadline).get());
    check_written(*run_(delete_command(now, deadline, body_headers), deadline).get());
    bodies = bodies.subspan(now.size());
  }
}

std::vector<ports::BodyHeader> MongoBodies::scan(const ContentId& after, std::size_t limit,
                                                 Deadline deadline) {
  return parse_bodies(*run_(scan_bodies_command(after, limit), deadline).get());
}

}  // namespace polystore::adapters::mongo
