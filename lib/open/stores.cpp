#include "open/stores.hpp"

#include "adapters/memory/factory.hpp"
#include "adapters/mongo/factory.hpp"
#include "adapters/mysql/factory.hpp"
#include "adapters/postgres/factory.hpp"
#include "adapters/redis/factory.hpp"
#include "adapters/sqlite/factory.hpp"
#include "core/url.hpp"

#include <memory>
#include <string>
#include <utility>

namespace polystore::open {
namespace {

using detail::scheme_of;

bool is_postgres(std::string_view scheme) { return scheme == "postgresql" || scheme == "postgres"; }

// Every spelling goes there: what is not offered is refused with the reason.
bool is_redis(std::string_view scheme) { return scheme.starts_with("redis"); }

[[noreturn]] void refuse_scheme(std::string_view field, const std::string& known) {
  throw_invalid_argument("open", field, "has an unknown URL scheme; known here are " + known);
}

std::unique_ptr<ports::MetadataPort> open_metadata(const std::string& url) {
  const std::string scheme = scheme_of(url);
  if (is_postgres(scheme)) return adapters::postgres::open_metadata(url);
  if (scheme == "mysql" || scheme == "mariadb") return adapters::mysql::open_metadata(url);
  if (scheme == "sqlite") return adapters::sqlite::open_metadata(url);
  refuse_scheme("metadata", "postgresql://, mysql:// and sqlite:path");
}

std::unique_ptr<ports::OutputPort> open_outputs(const std::string& url, bool text_search) {
  const std::string scheme = scheme_of(url);
  if (scheme == "mongodb") return adapters::mongo::open_outputs(url, text_search);
  if (is_postgres(scheme)) return adapters::postgres::open_outputs(url, text_search);
  if (scheme == "sqlite") return adapters::sqlite::open_outputs(url, text_search);
  refuse_scheme("outputs", "mongodb://, postgresql:// and sqlite:path");
}

ports::ContentPorts open_contents(const Settings& settings) {
  const OpenOptions& options = settings.options;
  const std::string scheme = scheme_of(options.metadata);
  if (settings.colocated && scheme == "sqlite") {
    return adapters::sqlite::open_colocated(options.metadata, options.text_search);
  }
  if (settings.colocated && is_postgres(scheme)) {
    return adapters::postgres::open_colocated(options.metadata, options.text_search);
  }
  return {.metadata = open_metadata(options.metadata),
          .outputs = open_outputs(options.outputs, options.text_search)};
}

ports::ResponseStores open_responses(const OpenOptions& options,
                                     const std::shared_ptr<const ports::Clock>& clock) {
  const std::string scheme = scheme_of(options.responses);
  if (is_redis(scheme)) {
    return adapters::redis::open_responses(options.responses, options.cache.near_lease);
  }
  if (options.responses == "memory:") {
    return adapters::memory::open_responses(options.memory_response_bytes, clock);
  }
  refuse_scheme("responses", "redis:// and memory:");
}

std::unique_ptr<ports::VectorPort> open_vectors(const OpenOptions& options) {
  const std::string& url = options.vectors;
  const std::string scheme = scheme_of(url);
  if (scheme == "sqlite") return adapters::sqlite::open_vectors(url, url == options.metadata);
  if (is_redis(scheme)) return adapters::redis::open_vectors(url);
  if (url == "memory:") return adapters::memory::open_vectors();
  refuse_scheme("vectors", "redis://, sqlite:path and memory:");
}

}  // namespace

StoreParts make_stores(const Settings& settings) {
  const OpenOptions& options = settings.options;
  StoreParts parts{.cache = options.cache,
                   .clock = std::make_shared<const ports::Clock>(),
                   .outbox = {.bytes = static_cast<std::int64_t>(options.outbox_limit_bytes),
                              .age = options.outbox_limit_age},
                   .deadline = options.deadline,
                   .response_deadline = options.response_deadline,
                   .vector = options.vector};
  auto responses = open_responses(options, parts.clock);
  parts.responses = std::move(responses.plain);
  parts.answers = std::move(responses.responses);
  auto contents = open_contents(settings);
  parts.metadata = std::move(contents.metadata);
  parts.outputs = std::move(contents.outputs);
  // After those whose URL it may have by default: a bad one is told under their name.
  parts.vectors = open_vectors(options);
  // SQLite has one writer at a time.
  if (scheme_of(options.metadata) == "sqlite") parts.lanes.lanes = 1;
  return parts;
}

}  // namespace polystore::open
