#include "polystore/content_store.hpp"

#include "facade/impl.hpp"
#include "open/settings.hpp"
#include "open/stores.hpp"

namespace polystore {
namespace {

// A cache that is down is no reason not to open, but one that refuses our credentials is a mistake
// in the configuration.
void check_responses(ports::CachePort& responses, Deadline deadline) {
  try {
    (void)responses.get("polystore:open", deadline);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::access_denied) throw;
  }
}

// A server for outputs that is down is no reason not to open: puts go through the outbox. What
// could not be made now is made by the outputs themselves where they need it, else by the next
// open; only other programs' queries miss it, and sweep and verify, which alone mind whose the
// outputs are.
void prepare_outputs(StoreParts& parts, bool colocated, Deadline deadline) {
  try {
    parts.outputs->migrate(deadline);
    (void)parts.outputs->claim_for(parts.store_id, deadline);
  } catch (const Error& error) {
    const bool on_server = !colocated && error.backend() != Backend::sqlite;
    if (!on_server || error.code() != ErrorCode::unavailable) throw;
  }
}

StoreParts open_parts(const open::Settings& settings, Deadline deadline) {
  StoreParts parts = open::make_stores(settings);
  parts.metadata->migrate(deadline);
  parts.store_id = parts.metadata->identity(deadline).store_id;
  prepare_outputs(parts, settings.colocated, deadline);
  parts.vectors->migrate(deadline);
  check_responses(*parts.responses, deadline.within(std::chrono::seconds(1)));
  return parts;
}

}  // namespace

ContentStore ContentStore::open(const OpenOptions& options) {
  const open::Settings settings = open::resolve_settings(options);
  const Deadline deadline = Deadline::after(settings.options.open_deadline);
  ContentStore store = StoreBuilder::build(open_parts(settings, deadline));
  // The first call for an answer has no time for a long list.
  store.impl_->cache_impl.epochs.refresh(deadline);
  return store;
}

}  // namespace polystore
