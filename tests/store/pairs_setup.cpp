// The stores that POLYSTORE_TEST_PAIR names, <metadata>_<outputs>: pairs that no other program of
// this folder has.
#include "store/server_pair.hpp"
#include "store/setup.hpp"
#include "store/sqlite_store.hpp"

#include <cstdlib>
#include <stdexcept>
#include <string>

namespace polystore::test {
namespace {

template <class Metadata, class Outputs>
class PairSetup : public StoreSetup {
 public:
  [[nodiscard]] OpenOptions options() const override { return options_on(metadata_, outputs_); }

 private:
  Metadata metadata_;
  Outputs outputs_;
};

template <class Made, template <class, class> class Pair>
std::unique_ptr<Made> make_pair_named() {
  const char* name = std::getenv("POLYSTORE_TEST_PAIR");
  const std::string pair = name == nullptr ? "" : name;
  if (pair == "sqlite_mongo") return std::make_unique<Pair<ScratchSqlite, ScratchMongo>>();
  if (pair == "sqlite_postgres") return std::make_unique<Pair<ScratchSqlite, ScratchPostgres>>();
  if (pair == "postgres_sqlite") return std::make_unique<Pair<ScratchPostgres, ScratchSqlite>>();
  if (pair == "mysql_sqlite") return std::make_unique<Pair<ScratchMysql, ScratchSqlite>>();
  throw std::runtime_error(
      "POLYSTORE_TEST_PAIR names no pair; tests/store/CMakeLists.txt has them");
}

}  // namespace

std::unique_ptr<StoreSetup> StoreSetup::make() { return make_pair_named<StoreSetup, PairSetup>(); }

std::unique_ptr<TwoStores> TwoStores::make() { return make_pair_named<TwoStores, ServerPair>(); }

}  // namespace polystore::test
