#include "open/settings.hpp"

#include "polystore/deadline.hpp"
#include "polystore/error.hpp"
#include "polystore/limits.hpp"

#include "core/url.hpp"

#include <cstdlib>
#include <filesystem>
#include <string_view>

namespace polystore::open {
namespace {

using std::chrono::milliseconds;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

std::string given_or_environment(const std::string& given, const char* name) {
  return given.empty() ? environment(name) : given;
}

// A path in a URL: '?' would begin the options and '%' an escape.
std::string escape_path(const std::string& path) {
  std::string escaped;
  for (const char c : path) {
    if (c == '%') {
      escaped += "%25";
    } else if (c == '?') {
      escaped += "%3F";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

std::string embedded_url() {
  const std::string home = environment("POLYSTORE_HOME");
  const std::filesystem::path folder = home.empty() ? "." : home;
  return "sqlite:" + escape_path((folder / "polystore.db").string());
}

// The metadata and responses are known.
std::string default_vectors(const OpenOptions& options) {
  const std::string scheme = detail::scheme_of(options.responses);
  if (scheme.starts_with("redis")) return options.responses;
  return detail::scheme_of(options.metadata) == "sqlite" ? options.metadata : "memory:";
}

void check_deadline(std::string_view field, milliseconds value) {
  if (value < milliseconds(1) || value > Deadline::max_span) {
    throw_invalid_argument("open", field, "must be 1 millisecond to 24 hours");
  }
}

void check_size(std::string_view field, std::size_t bytes) {
  constexpr std::size_t mebibyte = std::size_t{1} << 20;
  if (bytes < mebibyte || bytes > mebibyte * mebibyte) {
    throw_invalid_argument("open", field, "must be 1 MiB to 1 TiB");
  }
}

void check_vector_options(const VectorOptions& options) {
  if (options.index_threads < 1 || options.index_threads > 64) {
    throw_invalid_argument("open", "vector.index_threads", "must be 1 to 64");
  }
  if (options.search_width < 16 || options.search_width > 4096) {
    throw_invalid_argument("open", "vector.search_width", "must be 16 to 4096");
  }
  if (options.longest_lag < std::chrono::seconds(1) || options.longest_lag > Deadline::max_span) {
    throw_invalid_argument("open", "vector.longest_lag", "must be 1 second to 24 hours");
  }
}

void check_cache(const CacheOptions& options) {
  const auto check = [](std::string_view field, bool in_range, std::string_view range) {
    if (!in_range) throw_invalid_argument("open", field, "must be " + std::string(range));
  };
  const auto between = [](auto value, auto least, auto most) {
    return value >= least && value <= most;
  };
  using std::chrono::minutes;
  using std::chrono::seconds;
  if (options.near_bytes != 0) check_size("cache.near_bytes", options.near_bytes);
  check("cache.near_lease", between(options.near_lease, milliseconds(50), seconds(60)),
        "50 ms to 60 s");
  check("cache.budget", between(options.budget, milliseconds(1), seconds(1)), "1 ms to 1 s");
  check("cache.lease", between(options.lease, milliseconds(100), minutes(10)),
        "100 ms to 10 minutes");
  check("cache.generations_without_store", between(options.generations_without_store, 1U, 10'000U),
        "1 to 10000");
  check("cache.compress_from_bytes", options.compress_from_bytes <= limits::response_bytes,
        "64 MiB or less");
  check("cache.refresh_threads", options.refresh_threads <= 64, "0 to 64");
}

bool text_search_wanted() {
  const std::string value = environment("POLYSTORE_TEXT_SEARCH");
  if (value.empty() || value == "0") return false;
  if (value == "1") return true;
  throw_invalid_argument("open", "text_search",
                         "is set by POLYSTORE_TEXT_SEARCH to neither 1 nor 0; use one of them");
}

void check_ranges(const OpenOptions& options) {
  check_deadline("deadline", options.deadline);
  check_deadline("response_deadline", options.response_deadline);
  check_deadline("open_deadline", options.open_deadline);
  check_size("memory_response_bytes", options.memory_response_bytes);
  check_size("outbox_limit_bytes", options.outbox_limit_bytes);
  check_cache(options.cache);
  check_vector_options(options.vector);
  if (options.outbox_limit_age < std::chrono::seconds(1) ||
      options.outbox_limit_age > std::chrono::years(1)) {
    throw_invalid_argument("open", "outbox_limit_age", "must be 1 second to a year");
  }
}

}  // namespace

Settings resolve_settings(const OpenOptions& options) {
  check_ranges(options);
  Settings settings{.options = options};
  OpenOptions& result = settings.options;
  result.metadata = given_or_environment(options.metadata, "POLYSTORE_METADATA_URL");
  result.outputs = given_or_environment(options.outputs, "POLYSTORE_OUTPUTS_URL");
  result.responses = given_or_environment(options.responses, "POLYSTORE_RESPONSES_URL");
  result.text_search = options.text_search || text_search_wanted();
  if (result.responses.empty()) result.responses = "memory:";
  result.vectors = given_or_environment(options.vectors, "POLYSTORE_VECTORS_URL");

  if (result.metadata.empty() && result.outputs.empty()) result.metadata = embedded_url();
  if (result.metadata.empty()) {
    throw_invalid_argument("open", "metadata",
                           "is not set although outputs is; name both, for example "
                           "postgresql://user@host/db, or neither for the embedded default");
  }
  if (result.outputs.empty()) {
    if (detail::scheme_of(result.metadata) != "sqlite") {
      throw_invalid_argument("open", "outputs",
                             "is not set although metadata is on a server; name a mongodb:// or "
                             "postgresql:// URL, or sqlite:path to keep outputs on this machine");
    }
    result.outputs = result.metadata;
  }
  if (result.vectors.empty()) result.vectors = default_vectors(result);
  settings.colocated = result.outputs == result.metadata;
  return settings;
}

}  // namespace polystore::open
