// Stores one generated summary in the embedded default (SQLite and memory) and reads it back.
#include <polystore/polystore.hpp>

#include <chrono>
#include <cstdlib>
#include <iostream>

int main() {
  using namespace std::chrono_literals;
  try {
    auto store = polystore::ContentStore::open();
    store.ensure_user(1023, "Ada");

    const auto id = store.put({
        .title = "AI-Powered News Summary",
        .model = "GPT-4",
        .user_id = 1023,
        .output = polystore::Document::from_json(R"({"summary": "Rain, then sun."})"),
        .tags = {"news"},
    });
    store.responses().set("user:1023:summary", "Rain, then sun.", 1h);

    const auto content = store.get(id);
    const auto response = store.responses().get("user:1023:summary");
    if (!content || !response) {
      std::cerr << "what was stored is not there\n";
      return EXIT_FAILURE;
    }
    std::cout << content->metadata.title << " by " << content->metadata.model << ": "
              << content->output.to_json() << "\ncached: " << *response << '\n';
  } catch (const polystore::Error& error) {
    std::cerr << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
