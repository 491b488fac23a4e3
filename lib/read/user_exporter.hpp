#pragma once

#include "polystore/deadline.hpp"
#include "polystore/user_export.hpp"

#include "ports/body_port.hpp"
#include "ports/metadata_port.hpp"
#include "read/lookup.hpp"

#include <cstdint>
#include <optional>

namespace polystore::read {

/// Hands what is stored about a user to a sink, a few contents at a time. Threads: any.
class UserExporter {
 public:
  UserExporter(ports::MetadataPort& metadata, Lookup& lookup, ports::BodyPort& bodies) noexcept
      : metadata_(metadata), lookup_(lookup), bodies_(bodies) {}

  /// All, or what comes after a position. Blocks until the deadline and the end of the sink's call
  /// then. Errors: those of the stores; of the deadline only when there was no line.
  ExportReport run(std::int64_t user_id, const ExportSink& sink,
                   const std::optional<ports::ListPosition>& after, Deadline deadline);

 private:
  // One call.
  struct Run {
    std::int64_t user_id = 0;
    const ExportSink& sink;
    std::optional<ports::ListPosition> after{};  // of the last line, or where it began
    Deadline deadline;
    bool told = false;  // a line
    ExportReport report{};
  };

  void export_user(Run& run) const;
  void export_contents(Run& run) const;
  void export_one(Run& run, const Metadata& row, const Found& found) const;
  void export_body(Run& run, const Content& content, const ports::ListPosition& before,
                   const ports::ListPosition& at) const;
  static void tell(Run& run, std::string_view text, const ports::ListPosition& at);

  ports::MetadataPort& metadata_;
  Lookup& lookup_;
  ports::BodyPort& bodies_;
};

}  // namespace polystore::read
