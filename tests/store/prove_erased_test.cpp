// What the proof of a user's erase finds where something is left, and the export where something is
// lost.
#include "store/two_stores.hpp"
#include "support/errors.hpp"

#include <algorithm>

using namespace polystore;
using Fixture = test::MaintenanceTest;

namespace {

struct ErasedUser : Fixture {
  ErasedUser() {
    store.ensure_user(2, "Grace");
    for (int i = 0; i < 3; ++i) ids.push_back(store.put(draft()));
    Draft others = draft();
    others.user_id = 2;
    other = store.put(others);
    copy = outputs->read({ids.data(), 1}, soon()).front()->bson;
    REQUIRE(store.erase_user(1).complete);
    REQUIRE(prove().proven());
  }

  ErasureProof prove() { return maintenance.prove_erased(1, soon()); }

  std::vector<ContentId> ids;  // of user 1's contents, the first with this copy
  std::vector<std::byte> copy;
  ContentId other;
};

}  // namespace

TEST_CASE("a read copy of an erased user that was put back is found, and named") {
  ErasedUser f;
  f.write_bytes(f.ids[0], 1, f.copy);
  auto proof = f.prove();
  CHECK(proof.complete);
  CHECK_FALSE(proof.proven());
  CHECK(proof.outputs == 1);
  CHECK(proof.outputs_queued == 0);
  CHECK(proof.scanned_outputs == 2);
  CHECK(proof.ids == std::vector{f.ids[0]});

  // One that waits to be removed is there all the same.
  const ports::OutboxEntry entry{.id = f.ids[0], .operation = ports::OutboxOperation::erase};
  const auto transaction = f.metadata->begin(Fixture::soon());
  transaction->enqueue({&entry, 1}, Fixture::soon());
  transaction->commit(Fixture::soon());
  proof = f.prove();
  CHECK(proof.outputs == 1);
  CHECK(proof.outputs_queued == 1);
  CHECK(proof.scanned_outbox_entries == 1);
  f.maintenance.relay();
  CHECK(f.prove().proven());
}

TEST_CASE("a queued read copy of an erased user is found, those of others are not") {
  ErasedUser f;
  f.enqueue(f.ids[0], f.copy);
  auto proof = f.prove();
  CHECK(proof.outbox_entries == 1);
  CHECK(proof.scanned_outbox_entries == 1);
  CHECK(proof.ids == std::vector{f.ids[0]});
  CHECK_FALSE(proof.proven());
  CHECK(f.maintenance.prove_erased(404, Fixture::soon()).proven());
}

TEST_CASE("what does not tell whose it is proves nothing") {
  ErasedUser f;
  auto damaged = f.copy;
  const std::string name = "userId";
  const auto at = std::ranges::search(damaged, std::as_bytes(std::span(name)));
  REQUIRE_FALSE(at.empty());
  at.front() = std::byte{'x'};
  f.write_bytes(f.ids[1], 1, damaged);
  const auto proof = f.prove();
  CHECK(proof.outputs == 0);
  CHECK(proof.unreadable == 1);
  CHECK_FALSE(proof.proven());
}

TEST_CASE("vectors of another user's erased contents are told apart while their copies are there") {
  ErasedUser f;
  f.store.erase(f.other);
  const Vector vector{.name = {.tenant = Tenant::shared(), .id = f.other.to_string()},
                      .values = {1, 2}};
  f.store.vectors().put(vector);
  // Nothing tells any more whose it was.
  CHECK(f.prove().vectors == 1);
  const auto theirs = values::encode_read_copy(
      {.id = f.other, .title = "title", .model = "model", .user_id = 2}, Document());
  f.write_bytes(f.other, 1, theirs);
  CHECK(f.prove().vectors == 0);
  CHECK(f.prove().scanned_vectors == 1);
  CHECK(f.maintenance.prove_erased(2, Fixture::soon()).vectors == 1);
}

TEST_CASE("a row of the user is counted, and so is the user") {
  Fixture f;
  f.store.put(Fixture::draft());
  const auto proof = f.maintenance.prove_erased(1, Fixture::soon());
  CHECK(proof.user_known);
  CHECK(proof.contents == 1);
  CHECK(proof.outputs == 1);
  CHECK_FALSE(proof.proven());
}

TEST_CASE("a proof that the deadline ended is none") {
  ErasedUser f;
  ErasureProof proof;
  for (int span = 0; span < 100 && !proof.complete; ++span) {
    try {
      proof = f.maintenance.prove_erased(1, Deadline::after(std::chrono::milliseconds(span)));
      CHECK(proof.proven() == proof.complete);
    } catch (const Error& error) {
      INFO(error.what());
      REQUIRE(error.retryable());
    }
  }
}

TEST_CASE("the proof refuses outputs of another metadata store") {
  ErasedUser f;
  const auto elsewhere = test::TwoStores::make();
  ContentStore wrong = f.open_beside(*elsewhere);
  CHECK(test::error_of([&] { (void)wrong.maintenance().prove_erased(1); }).code() ==
        ErrorCode::conflict);
}

TEST_CASE("a content whose output is lost is exported by its metadata, and counted") {
  Fixture f;
  const auto lost = f.store.put(Fixture::draft());
  const auto queued = f.put_queued().first;
  f.outputs->erase({&lost, 1}, Fixture::soon());
  std::vector<std::string> lines;
  const auto report =
      f.store.export_user(1, [&](const ExportedLine& line) { lines.emplace_back(line.text); });
  CHECK(report.complete);
  CHECK(report.contents == 2);
  CHECK(report.damaged == 1);
  REQUIRE(lines.size() == 3);
  for (const auto& line : lines) {
    const bool of_lost = line.find(lost.to_string()) != std::string::npos;
    CHECK((line.find("\"output_lost\":true") != std::string::npos) == of_lost);
    const bool of_queued = line.find(queued.to_string()) != std::string::npos;
    CHECK((line.find("\"output\":{") != std::string::npos) == of_queued);
  }
}
