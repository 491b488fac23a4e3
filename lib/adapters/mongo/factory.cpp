#include "adapters/mongo/factory.hpp"

#include "polystore/mongo/options.hpp"

#include "adapters/mongo/outputs.hpp"

namespace polystore::adapters::mongo {

std::unique_ptr<ports::OutputPort> open_outputs(std::string_view url, bool text_search) {
  return std::make_unique<MongoOutputs>(polystore::mongo::ConnectOptions::from_url(url, "outputs"),
                                        text_search);
}

}  // namespace polystore::adapters::mongo
