#pragma once

#include "polystore/content_store.hpp"
#include "polystore/fork_stamp.hpp"

#include "facade/bodies.hpp"
#include "facade/maintenance.hpp"
#include "facade/maintenance_thread.hpp"
#include "facade/response_cache.hpp"
#include "facade/vectors.hpp"
#include "ports/cache_port.hpp"
#include "ports/clock.hpp"
#include "ports/metadata_port.hpp"
#include "ports/output_port.hpp"
#include "ports/response_port.hpp"
#include "ports/vector_port.hpp"
#include "read/get_groups.hpp"
#include "read/lookup.hpp"
#include "read/text_finder.hpp"
#include "write/embedded_outputs.hpp"
#include "write/lanes.hpp"
#include "write/model_renamer.hpp"
#include "write/updater.hpp"
#include "write/user_eraser.hpp"
#include "write/writer.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace polystore {

/// What lib/open puts together for a ContentStore.
struct StoreParts {
  std::unique_ptr<ports::MetadataPort> metadata{};
  std::unique_ptr<ports::OutputPort> outputs{};
  std::unique_ptr<ports::CachePort> responses{};
  std::unique_ptr<ports::ResponsePort> answers{};
  std::string store_id{};  ///< Of the metadata store.
  CacheOptions cache{};
  std::unique_ptr<ports::VectorPort> vectors{};
  std::shared_ptr<const ports::Clock> clock{};
  write::LaneLimits lanes{};
  write::OutboxLimits outbox{};
  std::chrono::milliseconds deadline{};
  std::chrono::milliseconds response_deadline{};
  VectorOptions vector{};
};

struct ContentStore::Impl {
  explicit Impl(StoreParts made)
      : parts(std::move(made)),
        outbox_guard(parts.outbox),
        outputs(*parts.outputs, parts.vectors.get()),
        writer(*parts.metadata, outputs, outbox_guard),
        lookup(*parts.metadata, *parts.outputs),
        text_finder(*parts.metadata, *parts.outputs),
        gets([this](std::span<const ContentId> ids, Deadline deadline) {
          return lookup.get(ids, deadline);
        }),
        updater(*parts.metadata, outputs, outbox_guard,
                [this](const ContentId& id, Deadline deadline) { return read(id, deadline); }),
        model_renamer(*parts.metadata, outputs, outbox_guard,
                      [this](std::span<const ContentId> ids, Deadline deadline) {
                        return read_what_is_whole(ids, deadline);
                      }),
        user_eraser(*parts.metadata, outputs),
        maintenance({*parts.metadata, outputs, parts.vectors.get(), parts.deadline}),
        responses(*parts.responses, parts.response_deadline),
        cache_impl({.responses = *parts.answers,
                    .epochs = *parts.metadata,
                    .clock = parts.clock,
                    .store_id = parts.store_id,
                    .options = parts.cache,
                    .deadline = parts.deadline}),
        cache(cache_impl),
        vector_parts(
            std::make_shared<Vectors::Parts>(parts.vectors.get(), parts.vector, parts.deadline)),
        vectors(vector_parts),
        lanes(writer, parts.lanes),
        body_parts(std::make_shared<Bodies::Parts>(
            *parts.metadata, parts.outputs->bodies(), lanes,
            [this](const ContentId& id, Deadline deadline) { return read(id, deadline); },
            parts.clock, parts.deadline)),
        bodies(body_parts) {}

  [[nodiscard]] Deadline deadline_or_standard(std::optional<Deadline> deadline) const noexcept {
    return deadline ? *deadline : Deadline::after(parts.deadline);
  }

  /// The content, or nothing where there is none. Errors: as ContentStore::get.
  [[nodiscard]] std::optional<Content> read(const ContentId& id, Deadline deadline) {
    auto found = gets.get(id, deadline);
    if (found.error) throw Error(*found.error);
    return std::move(found.content);
  }

  /// As read() for each, in order; nothing also where the output is lost or damaged.
  [[nodiscard]] std::vector<std::optional<Content>> read_what_is_whole(
      std::span<const ContentId> ids, Deadline deadline) {
    std::vector<std::optional<Content>> contents;
    for (auto& found : lookup.get(ids, deadline)) {
      if (found.error && found.error->code() != ErrorCode::data_loss) throw Error(*found.error);
      contents.push_back(std::move(found.content));
    }
    return contents;
  }

  StoreParts parts;
  write::OutboxGuard outbox_guard;
  write::EmbeddedOutputs outputs;
  write::Writer writer;
  read::Lookup lookup;
  read::TextFinder text_finder;
  read::GetGroups gets;
  write::Updater updater;
  write::ModelRenamer model_renamer;
  write::UserEraser user_eraser;
  Maintenance maintenance;
  Responses responses;
  ResponseCache::Impl cache_impl;
  ResponseCache cache;
  std::shared_ptr<Vectors::Parts> vector_parts;
  Vectors vectors;
  ForkStamp stamp;
  std::atomic<bool> closed{false};
  // Last: their threads use the rest, and bodies the lanes.
  write::CommitLanes lanes;
  std::shared_ptr<Bodies::Parts> body_parts;
  Bodies bodies;
  facade::MaintenanceThread maintenance_thread;
};

/// Lets lib/open, and tests with parts of their own, make a store.
class StoreBuilder {
 public:
  [[nodiscard]] static ContentStore build(StoreParts parts);
};

}  // namespace polystore
