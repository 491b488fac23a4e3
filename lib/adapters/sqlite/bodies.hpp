#pragma once

#include "adapters/sqlite/database.hpp"
#include "ports/body_port.hpp"

namespace polystore::adapters::sqlite {

/// BodyPort in the file of the outputs.
class SqliteBodies final : public ports::BodyPort {
 public:
  /// `database` must outlive this object.
  explicit SqliteBodies(Database& database) noexcept : database_(database) {}

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
  // Erases some chunks of a body, and when these were the last its header; false then.
  bool erase_some(const ContentId& body, Deadline deadline);

  Database& database_;
};

}  // namespace polystore::adapters::sqlite
