// The index in step with the durable vectors, over a port that can be held up.
#include "vector/service.hpp"

#include "adapters/memory/factory.hpp"
#include "support/errors.hpp"
#include "support/patience.hpp"

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

using namespace polystore;
using namespace std::literals;
using test::becomes_true;
using test::error_of;

namespace {

Deadline soon() { return Deadline::after(20s); }

// Closed until it is opened.
class Gate {
 public:
  void open() { open_ = true; }
  void pass() {
    reached_ = true;
    while (!open_) std::this_thread::sleep_for(1ms);
  }
  [[nodiscard]] bool reached() const { return reached_; }

 private:
  std::atomic<bool> open_{false};
  std::atomic<bool> reached_{false};
};

// The vectors of all processes of a test, and what holds one process up.
class GatedVectors : public ports::VectorPort {
 public:
  explicit GatedVectors(ports::VectorPort& real) : real_(real) {}

  std::atomic<bool> fails{false};
  std::atomic<Gate*> after_put{nullptr};
  std::atomic<Gate*> after_scan{nullptr};
  std::atomic<int> scans{0};

  Space ensure_space(const VectorSpace& space, Deadline deadline) override {
    return real_.ensure_space(space, deadline);
  }
  std::optional<VectorSpace> find_space(const std::string& name, Deadline deadline) override {
    return real_.find_space(name, deadline);
  }
  std::vector<std::int64_t> put(const VectorSpace& space,
                                std::span<const ports::VectorEntry> entries,
                                Deadline deadline) override {
    auto versions = real_.put(space, entries, deadline);
    if (Gate* gate = after_put) gate->pass();
    return versions;
  }
  std::optional<ports::StoredVector> get(const std::string& key, Deadline deadline) override {
    return real_.get(key, deadline);
  }
  std::optional<std::int64_t> erase(const std::string& key, Deadline deadline) override {
    return real_.erase(key, deadline);
  }
  void put_ordered(const VectorSpace& space, std::span<const ports::OrderedEntry> entries,
                   Deadline deadline) override {
    real_.put_ordered(space, entries, deadline);
  }
  void forget(std::span<const std::string> keys, Deadline deadline) override {
    real_.forget(keys, deadline);
  }
  ports::VectorPosition last_position(Deadline deadline) override {
    fail_if_told();
    return real_.last_position(deadline);
  }
  ports::VectorChanges changes(const ports::VectorLogRead& read, Deadline deadline) override {
    fail_if_told();
    auto changes = real_.changes({read.after, read.limit, std::min(read.wait, 5ms)}, deadline);
    fail_if_told();
    return changes;
  }
  ports::VectorScan scan(const std::string& from, Deadline deadline) override {
    fail_if_told();
    auto scan = real_.scan(from, deadline);
    ++scans;
    if (Gate* gate = after_scan) gate->pass();
    return scan;
  }
  void migrate(Deadline deadline) override { real_.migrate(deadline); }
  std::vector<HealthCheck> check(Deadline deadline) override { return real_.check(deadline); }
  void close() noexcept override {}

 private:
  void fail_if_told() const {
    if (!fails) return;
    throw Error({.code = ErrorCode::unavailable, .retryable = true, .message = "told to fail"});
  }

  ports::VectorPort& real_;
};

struct Process {
  explicit Process(ports::VectorPort& shared, std::chrono::milliseconds longest_lag = 30s)
      : port(shared), service(port, {.longest_lag = longest_lag}) {}

  void put(const std::string& id, std::vector<float> values) {
    const Vector vector{.name = name(id), .values = std::move(values)};
    service.put({&vector, 1}, soon());
  }
  bool erase(const std::string& id) { return service.erase(name(id), soon()); }
  bool finds(const std::string& id, Deadline deadline = soon()) {
    for (const auto& found :
         service.nearest(std::vector<float>{1, 0}, 1000, {.tenant = tenant}, deadline)) {
      if (found.id == id) return true;
    }
    return false;
  }
  bool comes_to_find(const std::string& id) {
    return becomes_true([&] { return finds(id); });
  }
  bool comes_to_miss(const std::string& id) {
    return becomes_true([&] { return !finds(id); });
  }

  static VectorName name(const std::string& id) { return {.tenant = tenant, .id = id}; }
  inline static const Tenant tenant = Tenant::named("tenant");

  GatedVectors port;
  vector::Service service;
};

struct Processes {
  explicit Processes(std::size_t log_length = 1000)
      : shared(adapters::memory::open_vectors(log_length)) {}
  std::unique_ptr<ports::VectorPort> shared;
};

}  // namespace

TEST_CASE("a process finds what was there, what others do, and at once what it does itself") {
  Processes all;
  Process first(*all.shared);
  first.put("a", {1, 0});
  CHECK(first.finds("a"));
  Process second(*all.shared);
  CHECK(second.finds("a"));
  second.put("b", {0, 1});
  CHECK(second.finds("b"));
  CHECK(first.comes_to_find("b"));
  CHECK(first.erase("a"));
  CHECK_FALSE(first.finds("a"));
  CHECK_FALSE(first.erase("a"));
  CHECK(second.comes_to_miss("a"));
  CHECK(second.service.status().vectors == 1);
}

TEST_CASE("a process that fell behind the log reads all anew") {
  Processes all(10);
  Process first(*all.shared);
  Process second(*all.shared);
  for (const char* id : {"a", "b", "c"}) first.put(id, {1, 0});
  CHECK(second.comes_to_find("c"));
  second.port.fails = true;
  first.erase("a");
  // More than the log keeps, which is no fewer than there are vectors.
  for (int i = 0; i < 50; ++i) first.put("new" + std::to_string(i % 5), {1, 1});
  CHECK(second.finds("a"));  // it has not heard
  const int scans = second.port.scans;
  second.port.fails = false;
  CHECK(second.comes_to_miss("a"));
  CHECK(second.finds("new0"));
  CHECK(second.finds("new4"));
  CHECK(second.finds("b"));
  CHECK(second.port.scans > scans);
}

TEST_CASE("searches wait for the first reading, and say why it fails") {
  Processes all;
  Process process(*all.shared);
  process.port.fails = true;
  const Error error = error_of([&] { (void)process.finds("a", Deadline::after(50ms)); });
  CHECK(error.code() == ErrorCode::unavailable);
  CHECK(error.retryable());
  Process other(*all.shared);
  other.put("a", {1, 0});
  process.port.fails = false;
  CHECK(process.finds("a"));
}

TEST_CASE("searches end when nothing was heard of the server for too long, and come back") {
  Processes all;
  Process process(*all.shared, 100ms);
  process.put("a", {1, 0});
  CHECK(process.finds("a"));
  process.port.fails = true;
  CHECK(becomes_true([&] {
    try {
      (void)process.finds("a", Deadline::immediate());
      return false;
    } catch (const Error& error) {
      return error.code() == ErrorCode::unavailable;
    }
  }));
  process.port.fails = false;
  CHECK(process.finds("a"));
}

TEST_CASE("a put whose answer comes late does not bring back what was erased since") {
  Processes all;
  Process slow(*all.shared);
  Process fast(*all.shared);
  slow.put("before", {1, 0});
  Gate gate;
  slow.port.after_put = &gate;
  std::jthread putting([&] { slow.put("late", {1, 0}); });
  CHECK(fast.comes_to_find("late"));
  CHECK(fast.erase("late"));
  slow.port.after_put = nullptr;
  fast.put("mark", {1, 0});
  CHECK(slow.comes_to_find("mark"));  // it has heard all of it
  gate.open();
  putting.join();
  CHECK_FALSE(slow.finds("late"));
  CHECK(slow.finds("before"));
}

TEST_CASE("what is erased and put while a process reads all is not lost on it") {
  Processes all;
  Process first(*all.shared);
  first.put("a", {1, 0});
  first.put("b", {1, 0});
  Process second(*all.shared);
  Gate gate;
  second.port.after_scan = &gate;
  std::jthread reading([&] { second.service.load(soon()); });
  CHECK(becomes_true([&] { return gate.reached(); }));
  CHECK(second.erase("a"));  // the scan has read it
  CHECK(first.erase("b"));
  second.put("c", {1, 0});
  second.port.after_scan = nullptr;
  gate.open();
  reading.join();
  CHECK_FALSE(second.finds("a"));
  CHECK_FALSE(second.finds("b"));
  CHECK(second.finds("c"));
}

TEST_CASE("many vectors are linked in the background, and load waits for it") {
  Processes all;
  Process first(*all.shared);
  std::vector<Vector> vectors;
  for (int i = 0; i < 3000; ++i) {
    vectors.push_back({.name = Process::name(std::to_string(i)),
                       .values = {static_cast<float>(i % 50), static_cast<float>(i / 50 + 1)}});
  }
  first.service.put(vectors, soon());
  CHECK(first.finds("49"));  // the nearest
  first.service.load(soon());
  CHECK(first.finds("49"));
  CHECK(first.service.status().not_linked == 0);
  CHECK(first.service.status().vectors == 3000);
  Process second(*all.shared);
  second.service.load(soon());
  CHECK(second.service.status().vectors == 3000);
}

TEST_CASE("a service that was stopped says so, to those who wait, too") {
  Processes all;
  Process process(*all.shared);
  process.port.fails = true;
  std::jthread stopping([&] {
    std::this_thread::sleep_for(20ms);
    process.service.stop();
  });
  CHECK(error_of([&] { (void)process.finds("a"); }).code() == ErrorCode::closed);
  stopping.join();
  CHECK(error_of([&] { process.put("a", {1, 0}); }).code() == ErrorCode::closed);
}
