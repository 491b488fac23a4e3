#include "adapters/postgres/factory.hpp"

#include "polystore/postgres/options.hpp"

#include "adapters/postgres/metadata_store.hpp"
#include "adapters/postgres/outputs.hpp"

namespace polystore::adapters::postgres {

using polystore::postgres::ConnectOptions;

std::unique_ptr<ports::MetadataPort> open_metadata(std::string_view url) {
  return std::make_unique<MetadataStore>(ConnectOptions::from_url(url, "metadata"), false);
}

std::unique_ptr<ports::OutputPort> open_outputs(std::string_view url, bool text_search) {
  return std::make_unique<PostgresOutputs>(ConnectOptions::from_url(url, "outputs"), false,
                                           text_search);
}

ports::ContentPorts open_colocated(std::string_view url, bool text_search) {
  return {
      .metadata = std::make_unique<MetadataStore>(ConnectOptions::from_url(url, "metadata"), true),
      .outputs = std::make_unique<PostgresOutputs>(ConnectOptions::from_url(url, "outputs"), true,
                                                   text_search)};
}

}  // namespace polystore::adapters::postgres
