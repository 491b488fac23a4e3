#include "adapters/mongo/factory.hpp"

#include "polystore/mongo/options.hpp"

#include "adapters/mongo/outputs.hpp"

namespace polystore::adapters::mongo {

std::unique_ptr<ports::OutputPort> open_outputs(std::string_view url) {
  return std::make_unique<MongoOutputs>(polystore::mongo::ConnectOptions::from_url(url, "outputs"));
}

}  // namespace polystore::adapters::mongo
