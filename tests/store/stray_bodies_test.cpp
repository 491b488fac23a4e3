// What store.maintenance() does about bodies that no content names, and about those that lost
// chunks.
#include "store/two_stores.hpp"
#include "support/errors.hpp"
#include "support/made_bytes.hpp"

#include <algorithm>

using namespace polystore;
using namespace std::chrono_literals;

namespace {

struct Fixture : test::MaintenanceTest {
  ContentId put(std::uint32_t seed = 1) {
    return store.bodies().put(draft(), "", test::source_of(test::made_bytes(100, seed)));
  }
  bool is_whole(const ContentId& content) {
    std::vector<std::byte> bytes;
    return store.bodies().read(content, test::sink_into(bytes)) && bytes.size() == 100;
  }
  // As a writer leaves it that died before its content was put.
  ports::BodyHeader leave(const ContentId& content = id_of_age(2h),
                          const ContentId& body = id_of_age(2h)) {
    const ports::BodyHeader header{.body = body, .content = content, .user_id = 1};
    outputs->bodies().begin(header, soon());
    outputs->bodies().write(body, 0, test::made_bytes(10), soon());
    return header;
  }
  bool is_there(const ContentId& body) {
    return outputs->bodies().measure(body, soon()) != ports::BodySize{};
  }
};

}  // namespace

TEST_CASE("a sweep removes bodies that no content names, and no others") {
  Fixture f;
  const ContentId kept = f.put();
  const auto stray = f.leave();
  const auto young = f.leave(ContentId::generate(), ContentId::generate());
  auto dry = f.maintenance.sweep({.dry_run = true});
  CHECK(dry.orphans == 1);
  CHECK(dry.removed == 0);
  CHECK(f.is_there(stray.body));
  const auto report = f.maintenance.sweep();
  CHECK(report.scanned == 4);  // the output, and three bodies
  CHECK(report.orphans == 1);
  CHECK(report.removed == 1);
  CHECK(report.complete);
  CHECK_FALSE(f.is_there(stray.body));
  CHECK(f.is_there(young.body));
  CHECK(f.is_whole(kept));
  // The writer that was only slow is told.
  Draft late = Fixture::draft();
  late.id = stray.content;
  CHECK(test::error_of([&] { f.store.put(late); }).code() == ErrorCode::conflict);
  CHECK(f.maintenance.sweep({.min_age = 0ms}).removed == 2);  // and the output of the late put
  CHECK_FALSE(f.is_there(young.body));
  CHECK(f.is_whole(kept));
}

TEST_CASE("a sweep removes a second body of a content, and keeps the one that it names") {
  Fixture f;
  const ContentId kept = f.put();
  const ContentId bare = f.store.put(Fixture::draft());
  const auto second = f.leave(kept);
  const auto none = f.leave(bare);
  CHECK(f.maintenance.sweep().removed == 2);
  CHECK_FALSE(f.is_there(second.body));
  CHECK_FALSE(f.is_there(none.body));
  CHECK(f.is_whole(kept));
  CHECK(f.store.get(bare));
}

TEST_CASE("a sweep keeps the body of a content whose output waits in the outbox, or is lost") {
  Fixture f;
  const ContentId id = f.put();
  const auto copy = f.outputs->read({&id, 1}, Fixture::soon()).front()->bson;
  f.outputs->erase({&id, 1}, Fixture::soon());
  CHECK(f.maintenance.sweep({.min_age = 0ms}).orphans == 0);  // lost
  f.enqueue(id, copy);
  CHECK(f.maintenance.sweep({.min_age = 0ms}).orphans == 0);
  CHECK(f.is_whole(id));
  f.maintenance.relay();
  CHECK(f.maintenance.sweep({.min_age = 0ms}).orphans == 0);
  CHECK(f.is_whole(id));
}

TEST_CASE("a sweep refuses to remove more bodies than failed puts leave") {
  Fixture f;
  const ContentId kept = f.put();
  std::vector<ContentId> strays;
  for (int i = 0; i < 11; ++i) strays.push_back(f.leave().body);
  CHECK(test::error_of([&] { f.maintenance.sweep(); }).code() == ErrorCode::conflict);
  CHECK(std::ranges::all_of(strays, [&](const auto& body) { return f.is_there(body); }));
  CHECK(f.maintenance.sweep({.always_allowed = 11}).removed == 11);
  CHECK(f.is_whole(kept));
}

TEST_CASE("a sweep beside another metadata database removes no body") {
  Fixture f;
  const ContentId kept = f.put();
  const auto elsewhere = test::TwoStores::make();
  auto other = f.open_beside(*elsewhere);
  CHECK(test::error_of([&] { other.maintenance().sweep({.min_age = 0ms}); }).code() ==
        ErrorCode::conflict);
  CHECK(f.is_whole(kept));
}

TEST_CASE("verify finds a body that no content names, and repair removes it") {
  Fixture f;
  f.put();
  const auto stray = f.leave();
  for (const bool repair : {false, true}) {
    const auto report = f.maintenance.verify({.repair = repair});
    CHECK(report.complete);
    REQUIRE(report.findings.size() == 1);
    CHECK(report.findings[0].violation == Violation::orphan_body);
    CHECK(report.findings[0].invariant() == "I4");
    CHECK(report.findings[0].id == stray.body);
    CHECK(report.findings[0].repaired == repair);
  }
  CHECK_FALSE(f.is_there(stray.body));
  CHECK(f.maintenance.verify().findings.empty());
}

TEST_CASE("verify finds a body of which chunks are lost, and readers are told") {
  Fixture f;
  const ContentId whole = f.put();
  const ContentId id = f.put();
  const ContentId body = f.store.get(id)->body->id;
  f.outputs->bodies().erase({&body, 1}, Fixture::soon());
  const auto report = f.maintenance.verify({.repair = true});
  REQUIRE(report.findings.size() == 1);
  CHECK(report.findings[0].violation == Violation::body_incomplete);
  CHECK(report.findings[0].invariant() == "I1");
  CHECK(report.findings[0].id == id);
  CHECK_FALSE(report.findings[0].repaired);
  const Error error = test::error_of([&] { (void)f.is_whole(id); });
  CHECK(error.code() == ErrorCode::data_loss);
  CHECK(f.is_whole(whole));
  std::string lost;
  const auto exported =
      f.store.export_user(1, [&](const ExportedLine& line) { lost += line.text; });
  CHECK(exported.complete);
  CHECK(exported.damaged == 1);
  CHECK(lost.find(R"("chunk":0,"lost":true})") != std::string::npos);
}

TEST_CASE("what is left of an erased user's bodies is found, and named") {
  Fixture f;
  f.put();
  CHECK(f.store.erase_user(1).complete);
  REQUIRE(f.maintenance.prove_erased(1).proven());
  const auto stray = f.leave();
  const auto proof = f.maintenance.prove_erased(1);
  CHECK_FALSE(proof.proven());
  CHECK(proof.bodies == 1);
  CHECK(proof.scanned_bodies == 1);
  CHECK(proof.ids == std::vector{stray.content});
  CHECK(f.maintenance.prove_erased(2).bodies == 0);
}
