#include "adapters/postgres/factory.hpp"

#include "polystore/postgres/options.hpp"

#include "adapters/postgres/metadata_store.hpp"

namespace polystore::adapters::postgres {

std::unique_ptr<ports::MetadataPort> open_metadata(std::string_view url) {
  return std::make_unique<MetadataStore>(
      polystore::postgres::ConnectOptions::from_url(url, "metadata"));
}

}  // namespace polystore::adapters::postgres
