#include "adapters/mysql/factory.hpp"

#include "polystore/mysql/options.hpp"

#include "adapters/mysql/metadata_store.hpp"

namespace polystore::adapters::mysql {

std::unique_ptr<ports::MetadataPort> open_metadata(std::string_view url) {
  return std::make_unique<MetadataStore>(
      polystore::mysql::ConnectOptions::from_url(url, "metadata"));
}

}  // namespace polystore::adapters::mysql
