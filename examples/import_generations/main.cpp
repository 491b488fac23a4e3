// Loads real chat completions (JSON Lines) into a store, with a progress line, and answers
// questions about them by find. Running it twice stores nothing twice.
#include <fmt/core.h>
#include <nlohmann/json.hpp>
#include <polystore/polystore.hpp>

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <string>
#include <vector>

using nlohmann::json;
using polystore::ContentId;
using polystore::ContentStore;
using polystore::Draft;

namespace {

constexpr std::size_t batch_items = 32;

// "2026-11-20T08:03:02Z"
polystore::Timestamp parse_time(const std::string& text) {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  if (std::sscanf(text.c_str(), "%d-%u-%uT%d:%d:%dZ", &year, &month, &day, &hour, &minute,
                  &second) != 6) {
    throw std::runtime_error("generated_at is not of the form 2026-01-31T12:00:00Z");
  }
  const auto date = std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day);
  return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second);
}

// The same line gets the same id in every run, so that a second import is a repeat and not a copy.
// (FNV-1a, 64 bits twice, laid out as a UUID of version 8: RFC 9562 §5.8.)
ContentId id_of_line(const std::string& line) {
  ContentId::Bytes bytes{};
  for (std::size_t half = 0; half < 2; ++half) {
    std::uint64_t hash = 14695981039346656037ULL + half;
    for (const char c : line) {
      hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    }
    for (std::size_t i = 0; i < 8; ++i) {
      bytes[half * 8 + i] = static_cast<std::uint8_t>(hash >> (8 * i));
    }
  }
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0F) | 0x80);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3F) | 0x80);
  return ContentId::from_bytes(bytes);
}

Draft read_line(const std::string& line) {
  const json entry = json::parse(line);
  const json& output = entry.at("output");
  const json& usage = output.at("usage");
  const std::chrono::duration<double, std::milli> latency(output.at("latency_ms").get<double>());
  const json document = {{"request", entry.at("request")}, {"response", output}};
  return {.title = entry.at("title"),
          .model = entry.at("model"),
          .user_id = entry.at("user_id"),
          .output = polystore::Document::from_json(document.dump()),
          .tags = entry.at("tags"),
          .usage = {.prompt_tokens = usage.at("prompt_tokens"),
                    .completion_tokens = usage.at("completion_tokens"),
                    .latency = std::chrono::round<std::chrono::microseconds>(latency)},
          .generated_at = parse_time(entry.at("generated_at")),
          .id = id_of_line(line)};
}

std::vector<Draft> read_file(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot open " + path);
  std::vector<Draft> drafts;
  std::string line;
  for (std::size_t number = 1; std::getline(file, line); ++number) {
    try {
      drafts.push_back(read_line(line));
    } catch (const std::exception& error) {
      throw std::runtime_error(fmt::format("{} line {}: {}", path, number, error.what()));
    }
  }
  return drafts;
}

// One line that is written over; in a log only its end.
void show_progress(std::size_t done, std::size_t all) {
  const bool is_end = done == all;
  if (!is_end && isatty(STDOUT_FILENO) == 0) return;
  fmt::print("\rstored {} of {} contents{}", done, all, is_end ? "\n" : "");
  std::fflush(stdout);
}

std::vector<ContentId> import(ContentStore& store, const std::vector<Draft>& drafts) {
  for (const Draft& draft : drafts) {
    store.ensure_user(draft.user_id, fmt::format("user {}", draft.user_id));
  }
  std::vector<ContentId> ids;
  for (std::size_t at = 0; at < drafts.size(); at += batch_items) {
    const std::size_t size = std::min(batch_items, drafts.size() - at);
    for (const auto& result : store.put_many({drafts.data() + at, size})) {
      if (result.error) throw polystore::Error(*result.error);
      ids.push_back(*result.value);
    }
    show_progress(ids.size(), drafts.size());
  }
  return ids;
}

void verify(ContentStore& store, const std::vector<Draft>& drafts,
            const std::vector<ContentId>& ids) {
  std::size_t equal = 0;
  const auto contents = store.get_many(ids);
  for (std::size_t i = 0; i < contents.size(); ++i) {
    if (contents[i].value && contents[i].value->output == drafts[i].output) ++equal;
  }
  fmt::print("contents read back equal: {}\n", equal);
  if (equal != drafts.size()) throw std::runtime_error("some contents are not as they were stored");
}

// Walks all pages of a query.
template <class Visit>
std::size_t for_each(ContentStore& store, polystore::Query query, Visit visit) {
  std::size_t count = 0;
  do {
    const auto page = store.find(query);
    for (const auto& metadata : page.items) visit(metadata);
    count += page.items.size();
    query.after = page.next;
  } while (query.after);
  return count;
}

void answer_questions(ContentStore& store) {
  std::map<std::int64_t, std::int64_t> tokens_by_user;
  for_each(store, {.limit = 100}, [&](const polystore::Metadata& metadata) {
    tokens_by_user[metadata.user_id] += metadata.usage.completion_tokens;
  });
  const auto busiest =
      std::max_element(tokens_by_user.begin(), tokens_by_user.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  if (busiest == tokens_by_user.end()) return;
  fmt::print("who had the most text written?  user {} with {} tokens\n", busiest->first,
             busiest->second);

  const auto ignore = [](const polystore::Metadata&) {};
  fmt::print("how many explanations?          {}\n",
             for_each(store, {.tags = {"explain"}}, ignore));
  fmt::print("how many of them theirs?        {}\n",
             for_each(store, {.user_id = busiest->first, .tags = {"explain"}}, ignore));

  const auto page = store.find({.title_words = "explain photosynthesis", .limit = 1});
  if (page.items.empty()) return;
  const auto content = store.get(page.items.front().id);
  fmt::print("what is photosynthesis?         {}\n",
             content->output.get_string("response.text").value_or("(no text)"));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: import_generations FILE.jsonl\n");
    return 2;
  }
  try {
    const auto drafts = read_file(argv[1]);
    auto store = ContentStore::open();
    const auto ids = import(store, drafts);
    verify(store, drafts, ids);
    answer_questions(store);
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "import_generations: {}\n", error.what());
    return 1;
  }
}
