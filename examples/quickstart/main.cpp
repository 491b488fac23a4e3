// Stores a news summary: its metadata, its output and its cached response; reads all three back.
// With no server at hand it uses SQLite and memory; set POLYSTORE_METADATA_URL,
// POLYSTORE_OUTPUTS_URL and POLYSTORE_RESPONSES_URL, and the same program runs on PostgreSQL,
// MongoDB and Redis.
#include <fmt/core.h>
#include <polystore/polystore.hpp>

using namespace std::chrono_literals;

namespace {

polystore::ContentId store_summary(polystore::ContentStore& store) {
  store.ensure_user(1023, "Ada Lovelace");
  return store.put({
      .title = "AI-Powered News Summary",
      .model = "GPT-4",
      .user_id = 1023,
      .output = polystore::Document::from_json(
          R"({"summary": "Paris is sunny, markets are calm.", "sources": ["weather", "stocks"]})"),
      .tags = {"news", "daily"},
      .usage = {.prompt_tokens = 812, .completion_tokens = 9, .latency = 640ms},
  });
}

void show_content(const polystore::Content& content) {
  fmt::print("stored content:  {}\n", content.metadata.id.to_string());
  fmt::print("  title:         {}\n", content.metadata.title);
  fmt::print("  model, user:   {}, {}\n", content.metadata.model, content.metadata.user_id);
  fmt::print("  summary:       {}\n", content.output.get_string("summary").value_or("(none)"));
  fmt::print("  whole output:  {}\n", content.output.to_json());
}

void run() {
  auto store = polystore::ContentStore::open();

  const polystore::ContentId id = store_summary(store);
  const auto content = store.get(id);
  if (!content) throw polystore::Error({.message = "the content just stored is not there"});
  show_content(*content);

  const auto page = store.find({.user_id = 1023, .tags = {"news"}, .title_words = "summary"});
  fmt::print("found by find:   {} for user 1023, tag news, word summary\n", page.items.size());

  store.responses().set("user:1023:summary", "Paris is sunny, markets are calm.", 1h);
  fmt::print("cached response: {}\n",
             store.responses().get("user:1023:summary").value_or("(none)"));

  const polystore::ContentId draft = store_summary(store);
  fmt::print("erased: {}\n", store.erase(draft).found && !store.get(draft) ? "yes" : "no");
}

}  // namespace

int main() {
  try {
    run();
    return 0;
  } catch (const polystore::Error& error) {
    fmt::print(stderr, "quickstart: {}\n", error.what());
    return 1;
  }
}
