#include "write/writer.hpp"

#include "support/errors.hpp"
#include "support/sqlite_parts.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>

using namespace polystore;
using test::error_of;
using Fault = test::FaultyOutputs::Fault;

namespace {

Draft draft(const std::string& title) {
  return {.title = title,
          .model = "model",
          .user_id = 1,
          .output = Document::from_json(R"({"title":")" + title + R"("})")};
}

}  // namespace

TEST_CASE("an output store that is down costs no put: the outbox has it, readable at once") {
  test::TwoFileStore f;
  f.outputs->fault = Fault::down;
  const ContentId id = f.store.put(draft("first"));
  CHECK(f.store.get(id)->output.get_string("title") == "first");
  CHECK(f.store.maintenance().outbox_status().pending == 1);
  CHECK(f.store.maintenance().outbox_status().pending_bytes > 0);

  f.outputs->fault = Fault::none;
  CHECK(f.store.maintenance().relay().applied == 1);
  CHECK(f.store.maintenance().outbox_status().pending == 0);
  CHECK(f.store.get(id)->output.get_string("title") == "first");
}

TEST_CASE("a write that was applied but not acknowledged is stored once") {
  test::TwoFileStore f;
  f.outputs->fault = Fault::applied_not_acked;
  const ContentId id = f.store.put(draft("first"));
  CHECK(f.store.maintenance().outbox_status().pending == 1);
  f.outputs->fault = Fault::none;
  CHECK(f.store.maintenance().relay().applied == 1);
  CHECK(f.store.get(id)->output.get_string("title") == "first");
}

TEST_CASE("an output that will never be taken fails its put alone and leaves nothing behind") {
  test::TwoFileStore f;
  std::vector<Draft> drafts{draft("a"), draft("b"), draft("c")};
  drafts[1].id = ContentId::generate();
  f.outputs->rejected_id = *drafts[1].id;
  f.outputs->fault = Fault::rejecting;
  const auto results = f.store.put_many(drafts);
  CHECK(f.store.get(*results[0].value));
  CHECK(results[1].error->code() == ErrorCode::invalid_argument);
  CHECK(f.store.get(*results[2].value));
  f.outputs->fault = Fault::none;
  CHECK_FALSE(f.store.get(*drafts[1].id));
  CHECK(f.store.maintenance().outbox_status().pending == 0);
  CHECK(f.store.find({}).items.size() == 2);
}

TEST_CASE("what a failed put left in the output store gives way to the next put of its id") {
  test::TwoFileStore f;
  Draft first = draft("first");
  first.id = ContentId::generate();
  f.metadata->fault = test::FaultyMetadata::Fault::refused_for_good;
  CHECK(error_of([&] { f.store.put(first); }).outcome() == Outcome::not_applied);
  const std::array ids{*first.id};
  CHECK(f.outputs->read(ids, Deadline::after(std::chrono::seconds(5))).front());
  CHECK_FALSE(f.store.get(*first.id));

  f.metadata->fault = test::FaultyMetadata::Fault::none;
  Draft second = draft("second");
  second.id = first.id;
  f.store.put(second);
  CHECK(f.store.get(*first.id)->output.get_string("title") == "second");
  CHECK(f.store.maintenance().outbox_status().pending == 0);
}

TEST_CASE("a put under a taken id changes nothing, also while its document is in the outbox") {
  test::TwoFileStore f;
  Draft first = draft("first");
  first.id = ContentId::generate();
  f.outputs->fault = Fault::down;
  f.store.put(first);
  const Content stored = *f.store.get(*first.id);
  f.outputs->fault = Fault::none;
  Draft second = draft("second");
  second.id = first.id;
  CHECK(error_of([&] { f.store.put(second); }).code() == ErrorCode::conflict);
  f.store.put(first);  // a repeat, with another time of its own
  CHECK(*f.store.get(*first.id) == stored);
  CHECK(f.store.maintenance().relay().applied == 1);
  CHECK(*f.store.get(*first.id) == stored);
  f.store.put(first);
  CHECK(*f.store.get(*first.id) == stored);
}

TEST_CASE("a content is unreadable, not lost, while the output store is down") {
  test::TwoFileStore f;
  const ContentId id = f.store.put(draft("first"));
  f.outputs->fault = Fault::down;
  CHECK(error_of([&] { (void)f.store.get(id); }).code() == ErrorCode::unavailable);
  f.outputs->fault = Fault::none;
  CHECK(f.store.get(id));
}

TEST_CASE("an output that went missing is data_loss, not absence") {
  test::TwoFileStore f;
  const ContentId id = f.store.put(draft("first"));
  const std::array ids{id};
  f.outputs->erase(ids, Deadline::after(std::chrono::seconds(5)));
  CHECK(error_of([&] { (void)f.store.get(id); }).code() == ErrorCode::data_loss);
}

TEST_CASE("an erase while the output store is down is complete for readers and queued for it") {
  test::TwoFileStore f;
  const ContentId id = f.store.put(draft("first"));
  f.outputs->fault = Fault::down;
  const auto receipt = f.store.erase(id);
  CHECK(receipt.found);
  CHECK(receipt.output_pending);
  CHECK_FALSE(f.store.get(id));
  f.outputs->fault = Fault::none;
  const std::array ids{id};
  CHECK(f.outputs->read(ids, Deadline::after(std::chrono::seconds(5))).front());
  CHECK(f.store.maintenance().relay().applied == 1);
  CHECK_FALSE(f.outputs->read(ids, Deadline::after(std::chrono::seconds(5))).front());
  CHECK(f.store.maintenance().outbox_status().pending == 0);
}

TEST_CASE("an erase takes a put that is still in the outbox with it") {
  test::TwoFileStore f;
  f.outputs->fault = Fault::down;
  const ContentId id = f.store.put(draft("first"));
  f.store.erase(id);
  f.outputs->fault = Fault::none;
  f.store.maintenance().relay();
  CHECK_FALSE(f.store.get(id));
  const std::array ids{id};
  CHECK_FALSE(f.outputs->read(ids, Deadline::after(std::chrono::seconds(5))).front());
}
