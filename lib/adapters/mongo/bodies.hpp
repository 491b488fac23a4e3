#pragma once

#include "adapters/mongo/command_parts.hpp"
#include "ports/body_port.hpp"
#include "support/output_breaker.hpp"

#include <utility>

namespace polystore::adapters::mongo {

/// BodyPort in two collections beside the read copies (body_commands.hpp), made by the first write.
class MongoBodies final : public ports::BodyPort {
 public:
  /// `breaker` must outlive this object.
  MongoBodies(RunCommand run, support::OutputBreaker& breaker)
      : run_(std::move(run)), breaker_(breaker) {}

  void begin(const ports::BodyHeader& header, Deadline deadline) override;
  void write(const ContentId& body, std::int32_t chunk, std::span<const std::byte> bytes,
             Deadline deadline) override;
  std::optional<std::vector<std::byte>> read(const ContentId& body, std::int32_t chunk,
                                             Deadline deadline) override;
  ports::BodySize measure(const ContentId& body, Deadline deadline) override;
  void erase(std::span<const ContentId> bodies, Deadline deadline) override;
  std::vector<ports::BodyHeader> scan(const ContentId& after, std::size_t limit,
                                      Deadline deadline) override;

 private:
  void write(Bson command, Deadline deadline);

  const RunCommand run_;
  support::OutputBreaker& breaker_;
};

}  // namespace polystore::adapters::mongo
