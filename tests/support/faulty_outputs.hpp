#pragma once

#include "ports/output_port.hpp"

#include <atomic>
#include <memory>
#include <utility>
#include <vector>

namespace polystore::test {

/// A real output store that can be told to misbehave as a server may.
class FaultyOutputs : public ports::OutputPort {
 public:
  enum class Fault {
    none,
    down,               ///< Nothing is applied, nothing acknowledged.
    absent,             ///< No server can be reached.
    no_writes,          ///< As down, but reads work.
    applied_not_acked,  ///< All is applied, nothing acknowledged.
    rejecting,          ///< Documents of `rejected_id` are refused for good.
  };

  explicit FaultyOutputs(std::unique_ptr<ports::OutputPort> real) : real_(std::move(real)) {}

  std::atomic<Fault> fault{Fault::none};
  ContentId rejected_id{};
  std::atomic<int> writes{0};

  std::vector<ports::OutputOutcome> write(std::span<const ports::OutputDocument> documents,
                                          Deadline deadline) override {
    return misbehave(documents, [&] { return real_->write(documents, deadline); });
  }

  std::vector<ports::OutputOutcome> insert(std::span<const ports::OutputDocument> documents,
                                           Deadline deadline) override {
    return misbehave(documents, [&] { return real_->insert(documents, deadline); });
  }

  void erase(std::span<const ContentId> ids, Deadline deadline) override {
    if (takes_no_writes()) throw_down();
    real_->erase(ids, deadline);
  }

  std::vector<ports::ScannedOutput> find_attached(std::span<const ContentId> ids,
                                                  Deadline deadline) override {
    if (is_down()) throw_down();
    return real_->find_attached(ids, deadline);
  }

  std::vector<std::optional<ports::StoredOutput>> read(std::span<const ContentId> ids,
                                                       Deadline deadline) override {
    if (is_down()) throw_down();
    return real_->read(ids, deadline);
  }

  std::vector<ports::ScannedOutput> scan(const ports::OutputScan& scan,
                                         Deadline deadline) override {
    if (is_down()) throw_down();
    return real_->scan(scan, deadline);
  }
  std::uint64_t count(Deadline deadline) override { return real_->count(deadline); }
  ports::BodyPort& bodies() noexcept override { return real_->bodies(); }
  std::string claim_for(const std::string& store_id, Deadline deadline) override {
    return real_->claim_for(store_id, deadline);
  }
  void migrate(Deadline deadline) override { real_->migrate(deadline); }
  std::vector<HealthCheck> check(Deadline deadline) override { return real_->check(deadline); }
  void close() noexcept override { real_->close(); }

 private:
  template <class Send>
  std::vector<ports::OutputOutcome> misbehave(std::span<const ports::OutputDocument> documents,
                                              Send send) {
    ++writes;
    const Error unavailable(
        {.code = ErrorCode::unavailable,
         .backend = Backend::mongo,
         .outcome = fault == Fault::absent ? Outcome::not_applied : Outcome::unknown,
         .retryable = true,
         .message = "told to be down"});
    std::vector<ports::OutputOutcome> outcomes(documents.size(),
                                               {ports::OutputStatus::unacknowledged, unavailable});
    if (takes_no_writes()) return outcomes;
    auto real = send();
    if (fault == Fault::applied_not_acked) return outcomes;
    for (std::size_t i = 0; fault == Fault::rejecting && i < documents.size(); ++i) {
      if (documents[i].id != rejected_id) continue;
      real[i] = {ports::OutputStatus::rejected,
                 Error({.code = ErrorCode::invalid_argument, .message = "told to reject"})};
    }
    return real;
  }

  [[nodiscard]] bool is_down() const { return fault == Fault::down || fault == Fault::absent; }
  [[nodiscard]] bool takes_no_writes() const { return is_down() || fault == Fault::no_writes; }

  [[noreturn]] static void throw_down() {
    throw Error({.code = ErrorCode::unavailable,
                 .backend = Backend::mongo,
                 .retryable = true,
                 .message = "told to be down"});
  }

  std::unique_ptr<ports::OutputPort> real_;
};

}  // namespace polystore::test
