#include "open/settings.hpp"

#include "polystore/deadline.hpp"
#include "polystore/error.hpp"

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

void check_deadline(std::string_view field, milliseconds value) {
  if (value < milliseconds(1) || value > Deadline::max_span) {
    throw_invalid_argument("open", field, "must be 1 millisecond to 24 hours");
  }
}

void check_ranges(const OpenOptions& options) {
  check_deadline("deadline", options.deadline);
  check_deadline("response_deadline", options.response_deadline);
  check_deadline("open_deadline", options.open_deadline);
  constexpr std::size_t mebibyte = std::size_t{1} << 20;
  if (options.memory_response_bytes < mebibyte ||
      options.memory_response_bytes > mebibyte * mebibyte) {
    throw_invalid_argument("open", "memory_response_bytes", "must be 1 MiB to 1 TiB");
  }
}

}  // namespace

Settings resolve_settings(const OpenOptions& given) {
  check_ranges(given);
  Settings settings{.options = given};
  OpenOptions& options = settings.options;
  options.metadata = given_or_environment(given.metadata, "POLYSTORE_METADATA_URL");
  options.outputs = given_or_environment(given.outputs, "POLYSTORE_OUTPUTS_URL");
  options.responses = given_or_environment(given.responses, "POLYSTORE_RESPONSES_URL");
  if (options.responses.empty()) options.responses = "memory:";

  if (options.metadata.empty() && options.outputs.empty()) options.metadata = embedded_url();
  if (options.metadata.empty()) {
    throw_invalid_argument("open", "metadata",
                           "is not set although outputs is; name both, for example "
                           "postgresql://user@host/db, or neither for the embedded default");
  }
  if (options.outputs.empty()) {
    if (detail::scheme_of(options.metadata) != "sqlite") {
      throw_invalid_argument("open", "outputs",
                             "is not set although metadata is on a server; name a mongodb:// URL, "
                             "or sqlite:path to keep outputs on this machine");
    }
    options.outputs = options.metadata;
  }
  settings.colocated = options.outputs == options.metadata;
  return settings;
}

}  // namespace polystore::open
