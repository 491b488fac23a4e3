#include "adapters/sqlite/factory.hpp"

#include "adapters/sqlite/database.hpp"
#include "adapters/sqlite/metadata.hpp"
#include "adapters/sqlite/outputs.hpp"
#include "adapters/sqlite/vectors.hpp"

namespace polystore::adapters::sqlite {
namespace {

std::shared_ptr<Database> make_database(std::string_view url, std::string_view field,
                                        bool text_search = false) {
  return std::make_shared<Database>(polystore::sqlite::ConnectOptions::from_url(url, field),
                                    text_search);
}

}  // namespace

std::unique_ptr<ports::MetadataPort> open_metadata(std::string_view url) {
  return std::make_unique<SqliteMetadata>(make_database(url, "metadata"), false);
}

std::unique_ptr<ports::OutputPort> open_outputs(std::string_view url, bool text_search) {
  return std::make_unique<SqliteOutputs>(make_database(url, "outputs", text_search), false);
}

std::unique_ptr<ports::VectorPort> open_vectors(std::string_view url, bool colocated,
                                                std::size_t least_log) {
  return std::make_unique<SqliteVectors>(make_database(url, "vectors"), colocated, least_log);
}

ports::ContentPorts open_colocated(std::string_view url, bool text_search) {
  const auto database = make_database(url, "metadata", text_search);
  return {std::make_unique<SqliteMetadata>(database, true),
          std::make_unique<SqliteOutputs>(database, true)};
}

}  // namespace polystore::adapters::sqlite
