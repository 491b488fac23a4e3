#include "store/sqlite_store.hpp"

namespace polystore::test {
namespace {

class TwoFiles : public TwoStores {
 public:
  [[nodiscard]] OpenOptions options() const override {
    return {.metadata = metadata_.url(),
            .outputs = outputs_.url(),
            .responses = "memory:",
            .deadline = std::chrono::seconds(20)};
  }
  [[nodiscard]] std::unique_ptr<ports::MetadataPort> metadata() const override {
    return metadata_on(metadata_);
  }
  [[nodiscard]] std::unique_ptr<ports::OutputPort> outputs() const override {
    return outputs_on(outputs_);
  }
  void bury_row(const ContentId& id) const override { bury_row_on(metadata_, id); }

 private:
  ScratchSqlite metadata_;
  ScratchSqlite outputs_;
};

}  // namespace

std::unique_ptr<TwoStores> TwoStores::make() { return std::make_unique<TwoFiles>(); }

}  // namespace polystore::test
