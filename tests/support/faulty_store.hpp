#pragma once

#include "adapters/memory/factory.hpp"
#include "facade/impl.hpp"
#include "support/faulty_metadata.hpp"
#include "support/faulty_outputs.hpp"

#include <chrono>
#include <memory>
#include <utility>

namespace polystore::test {

/// A store with user 1 on two real ports, which it migrates, both able to misbehave when told.
struct FaultyStore {
  FaultyStore(std::unique_ptr<ports::MetadataPort> real_metadata,
              std::unique_ptr<ports::OutputPort> real_outputs, std::chrono::milliseconds deadline,
              write::LaneLimits lanes = {}, write::OutboxLimits outbox = {})
      : FaultyStore(std::make_unique<FaultyMetadata>(std::move(real_metadata)),
                    std::make_unique<FaultyOutputs>(std::move(real_outputs)),
                    {.lanes = lanes,
                     .outbox = outbox,
                     .deadline = deadline,
                     .response_deadline = std::chrono::seconds(1)}) {}

  FaultyMetadata* metadata;
  FaultyOutputs* outputs;
  ContentStore store;

 private:
  FaultyStore(std::unique_ptr<FaultyMetadata> faulty_metadata,
              std::unique_ptr<FaultyOutputs> faulty_outputs, StoreParts parts)
      : metadata(faulty_metadata.get()),
        outputs(faulty_outputs.get()),
        store(build(std::move(faulty_metadata), std::move(faulty_outputs), std::move(parts))) {
    store.ensure_user(1, "Ada");
  }

  static ContentStore build(std::unique_ptr<FaultyMetadata> metadata,
                            std::unique_ptr<FaultyOutputs> outputs, StoreParts parts) {
    metadata->migrate(Deadline::after(parts.deadline));
    outputs->migrate(Deadline::after(parts.deadline));
    parts.metadata = std::move(metadata);
    parts.outputs = std::move(outputs);
    parts.clock = std::make_shared<const ports::Clock>();
    auto responses = adapters::memory::open_responses(1 << 20, parts.clock);
    parts.responses = std::move(responses.plain);
    parts.answers = std::move(responses.responses);
    return StoreBuilder::build(std::move(parts));
  }
};

}  // namespace polystore::test
