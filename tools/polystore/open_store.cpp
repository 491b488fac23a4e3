#include "commands.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

namespace polystore::tool {
namespace {

bool is_given(const std::string& url, const char* variable) {
  const char* value = std::getenv(variable);
  return !url.empty() || (value != nullptr && *value != '\0');
}

void require_embedded_file() {
  const char* home = std::getenv("POLYSTORE_HOME");
  const std::filesystem::path folder = home == nullptr || *home == '\0' ? "." : home;
  std::error_code ignored;
  if (std::filesystem::exists(folder / "polystore.db", ignored)) return;
  throw_invalid_argument("open", "metadata",
                         "no store is named and there is no polystore.db here; name one, set "
                         "POLYSTORE_HOME to its folder, or make one with `polystore migrate`");
}

}  // namespace

ContentStore open_store(const Run& run) {
  OpenOptions options = run.arguments.stores;
  if (run.arguments.command != "migrate" && !is_given(options.metadata, "POLYSTORE_METADATA_URL") &&
      !is_given(options.outputs, "POLYSTORE_OUTPUTS_URL")) {
    require_embedded_file();
  }
  options.open_deadline = std::chrono::milliseconds(std::max(1, run.deadline.remaining_ms()));
  return ContentStore::open(options);
}

nlohmann::ordered_json json_of(const StoreIdentity& identity) {
  return {{"metadata_id", identity.metadata_id},
          {"outputs_owner", identity.outputs_owner},
          {"standby", identity.standby}};
}

}  // namespace polystore::tool
