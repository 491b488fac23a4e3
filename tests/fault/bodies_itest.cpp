// Bodies whose writer or output store fails midway, and one as large as they may be.
#include "fault/mongo_store.hpp"
#include "support/child.hpp"
#include "support/errors.hpp"
#include "support/made_bytes.hpp"

#include <signal.h>

#include <bit>
#include <cstring>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

using namespace polystore;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t chunk = limits::body_chunk_bytes;

// In the child: puts a body of which two chunks are written when it tells, and no more comes.
int put_two_chunks(const OpenOptions& options, int report) {
  auto store = ContentStore::open(options);
  store.ensure_user(1, "Ada");
  std::size_t given = 0;
  store.bodies().put(
      test::draft_titled("half"), "",
      [&](std::span<std::byte> into) -> std::size_t {
        if (given == 2 * chunk) {
          if (write(report, "w", 1) != 1) _exit(3);
          pause();
        }
        given += into.size();
        return into.size();
      },
      Deadline::after(1h));
  return 0;
}

// What a process has held at most since it was last asked.
std::size_t most_held_bytes() {
  std::ifstream status("/proc/self/status");
  std::size_t kilobytes = 0;
  for (std::string word; status >> word;) {
    if (word == "VmHWM:") status >> kilobytes;
  }
  std::ofstream("/proc/self/clear_refs") << 5;  // begins anew
  return kilobytes * 1024;
}

// The chunk of the largest body that begins there. Not built byte by byte, which takes a minute.
void fill(std::span<std::byte> chunk_bytes, std::uint64_t at) {
  std::memset(chunk_bytes.data(), static_cast<int>(at / chunk % 251), chunk_bytes.size());
}

}  // namespace

TEST_CASE("a writer that is killed midway leaves no content, and what a sweep removes") {
  const test::ScratchPostgres postgres;
  const test::ScratchMongo mongo;
  const OpenOptions options{
      .metadata = postgres.url(), .outputs = mongo.url(), .responses = "memory:"};
  int reports[2] = {-1, -1};
  REQUIRE(pipe(reports) == 0);
  const pid_t writer = test::start_child([&] { return put_two_chunks(options, reports[1]); });
  char told = 0;
  REQUIRE(read(reports[0], &told, 1) == 1);
  ::kill(writer, SIGKILL);
  CHECK(test::status_of(writer) == -1);

  auto store = ContentStore::open(options);
  CHECK(store.find({}).items.empty());
  const ContentId other = store.bodies().put(test::draft_titled("other"), "",
                                             test::source_of(test::made_bytes(chunk + 1)));
  auto& maintenance = store.maintenance();
  CHECK(maintenance.verify({.min_age = 0ms}).count(Violation::orphan_body) == 1);
  CHECK(maintenance.sweep({.min_age = 0ms}).removed == 1);
  CHECK(maintenance.verify({.min_age = 0ms}).findings.empty());
  CHECK(mongo.command(R"({"count":"aiGenerated.chunks"})").find(R"("n" : 2)") != std::string::npos);
  std::vector<std::byte> bytes;
  CHECK(store.bodies().read(other, test::sink_into(bytes)));
  CHECK(bytes == test::made_bytes(chunk + 1));
}

TEST_CASE("a body whose chunks the output store stops taking is not put, and leaves nothing") {
  test::MongoStore f;
  std::optional<test::MongoFailPoint> fault;
  auto source = test::source_of(test::made_bytes(3 * chunk), chunk);
  const auto failing = [&](std::span<std::byte> into) {
    const std::size_t given = source(into);
    if (!fault) fault.emplace(f.app_name(), R"("failCommands":["update"],"closeConnection":true)");
    return given;
  };
  const Draft draft = test::draft_titled("failed");
  const Error error =
      test::error_of([&] { f.store.bodies().put(draft, "", failing, Deadline::after(3s)); });
  INFO(error.what());
  CHECK(error.retryable());
  fault.reset();
  test::MongoStore::let_it_rest();
  CHECK_FALSE(f.store.get(*draft.id));
  f.store.put(test::draft_titled("other"));
  f.store.maintenance().sweep({.min_age = 0ms});
  CHECK(f.store.maintenance().verify({.min_age = 0ms}).findings.empty());
  // The sweep may have claimed its id.
  Draft again = draft;
  again.id = std::nullopt;
  const ContentId id =
      f.store.bodies().put(again, "", test::source_of(test::made_bytes(3 * chunk)));
  std::vector<std::byte> bytes;
  CHECK(f.store.bodies().read(id, test::sink_into(bytes)));
  CHECK(bytes == test::made_bytes(3 * chunk));
}

TEST_CASE("the largest body goes in and out in bounded memory") {
  test::MongoStore f;
  f.store.put(test::draft_titled("first"));  // all there is to make is made
  constexpr auto size = static_cast<std::uint64_t>(limits::body_bytes);
  const auto source = [at = std::uint64_t{0}](std::span<std::byte> into) mutable -> std::size_t {
    if (at == size) return 0;
    fill(into, at);
    at += into.size();
    return into.size();
  };
  const std::size_t before = (most_held_bytes(), most_held_bytes());
  const ContentId id = f.store.bodies().put(test::draft_titled("large"), "", source);
  std::uint64_t at = 0;
  bool same = true;
  std::vector<std::byte> expected(chunk);
  const auto body = f.store.bodies().read(id, [&](std::span<const std::byte> bytes) {
    fill(expected, at);
    same = same && bytes.size() == chunk && std::memcmp(bytes.data(), expected.data(), chunk) == 0;
    at += bytes.size();
  });
  CHECK(same);
  CHECK(at == size);
  REQUIRE(body);
  CHECK(body->size_bytes == limits::body_bytes);
  const std::size_t held = most_held_bytes() - before;
  INFO(held << " bytes");
  CHECK(held < 64 * 1024 * 1024);

  CHECK(f.store.erase(id).found);
  CHECK(f.store.maintenance().verify({.min_age = 0ms}).findings.empty());
}
