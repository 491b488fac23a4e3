#include "store/server_pair.hpp"

namespace polystore::test {

std::unique_ptr<TwoStores> TwoStores::make() {
  return std::make_unique<ServerPair<ScratchPostgres, ScratchPostgres>>();
}

}  // namespace polystore::test
