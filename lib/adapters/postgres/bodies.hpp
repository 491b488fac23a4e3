#pragma once

#include "adapters/postgres/sql.hpp"
#include "ports/body_port.hpp"
#include "support/output_breaker.hpp"

#include <functional>
#include <utility>

namespace polystore::adapters::postgres {

/// BodyPort in the database of the outputs (outputs_schema.cpp has its tables).
class PostgresBodies final : public ports::BodyPort {
 public:
  /// Gives the pool of a database that has the tables, or throws Error.
  using Ready = std::function<pq::ConnectionPool&(Deadline deadline)>;

  /// `breaker` must outlive this object.
  PostgresBodies(Ready ready, support::OutputBreaker& breaker)
      : ready_(std::move(ready)), breaker_(breaker) {}

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
  pq::Result change(const char* sql, pq::Params params, Deadline deadline);
  pq::Result look(const char* sql, pq::Params params, Deadline deadline);

  const Ready ready_;
  support::OutputBreaker& breaker_;
};

}  // namespace polystore::adapters::postgres
