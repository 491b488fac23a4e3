#pragma once

#include "polystore/polystore.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace polystore::test {

/// Calls of every kind from one thread, on contents of its own, while stores fail; what each must
/// have come to; and the check of that. Nothing in it may depend on which faults there were.
/// Not thread-safe. Counts what is wrong, for Catch2's checks belong to the test's own thread.
class MixedCalls {
 public:
  static constexpr std::chrono::seconds deadline{3};

  explicit MixedCalls(std::uint64_t seed) : random_(seed) {}

  /// One call, chosen by the seed.
  void call(ContentStore& store) {
    const auto start = Deadline::Clock::now();
    const auto roll = random_() % 100;
    Fate* own = roll < 40 ? nullptr : choose();
    if (own == nullptr) {
      put(store);
    } else if (roll < 60) {
      update(store, *own);
    } else if (roll < 68) {
      erase(store, *own);
    } else if (roll < 88) {
      get(store, *own);
    } else {
      ask(store);
    }
    longest_ = std::max(longest_, Deadline::Clock::now() - start);
  }

  /// Compares everything with the store, which works again. What is wrong, or nothing.
  [[nodiscard]] std::vector<std::string> wrong(ContentStore& store) const {
    std::vector<std::string> all = wrong_;
    for (const Fate& fate : fates_) {
      const auto content = store.get(fate.id);
      if (const auto text = wrong_in(fate, content))
        all.push_back(*text + " " + fate.id.to_string());
    }
    if (longest_ > deadline + std::chrono::milliseconds(500))
      all.emplace_back("a call that was late");
    return all;
  }

  [[nodiscard]] std::size_t acknowledged() const noexcept { return acknowledged_; }

 private:
  // What is known of a content. A call in doubt may take effect later: its content is let alone.
  struct Fate {
    ContentId id{};
    std::string text{};  // of the output, as acknowledged
    bool stored = false;
    bool erased = false;
    bool in_doubt = false;
    std::vector<std::string> perhaps{};  // texts that calls in doubt may have given it
    bool perhaps_erased = false;
  };

  static Document output_of(const std::string& text) {
    return Document::from_json(R"({"text":")" + text + R"("})");
  }
  std::string new_text() { return "text " + std::to_string(random_()); }

  // One that is surely there.
  Fate* choose() {
    if (fates_.empty()) return nullptr;
    Fate& fate = fates_[random_() % fates_.size()];
    return fate.stored && !fate.erased && !fate.in_doubt ? &fate : nullptr;
  }

  // Calls; true: acknowledged, false: surely not applied, nothing: in doubt.
  template <class Call>
  std::optional<bool> try_call(Call call) {
    try {
      call(Deadline::after(deadline));
      ++acknowledged_;
      return true;
    } catch (const Error& error) {
      if (error.outcome() == Outcome::unknown) return std::nullopt;
      if (!error.retryable()) wrong_.push_back(std::string("not retryable: ") + error.what());
      return false;
    }
  }

  void put(ContentStore& store) {
    Fate fate{.id = ContentId::generate(), .text = new_text()};
    const auto done = try_call([&](Deadline end) {
      store.put({.title = "mixed " + fate.text,
                 .model = "model",
                 .user_id = 1,
                 .output = output_of(fate.text),
                 .tags = {"tag"},
                 .id = fate.id},
                end);
    });
    fate.stored = done.value_or(false);
    fate.in_doubt = !done;
    if (!done) fate.perhaps.push_back(fate.text);
    fates_.push_back(fate);
  }

  void update(ContentStore& store, Fate& fate) {
    const std::string text = new_text();
    const auto done = try_call([&](Deadline end) {
      store.update(fate.id, {.title = "mixed " + text, .output = output_of(text)}, end);
    });
    if (done.value_or(false)) fate.text = text;
    if (!done) {
      fate.in_doubt = true;
      fate.perhaps.push_back(text);
    }
  }

  void erase(ContentStore& store, Fate& fate) {
    const auto done = try_call([&](Deadline end) { store.erase(fate.id, end); });
    fate.erased = done.value_or(false);
    fate.in_doubt = !done;
    fate.perhaps_erased = !done;
  }

  // An acknowledged call is seen at once, also while its output waits in the outbox.
  void get(ContentStore& store, const Fate& fate) {
    std::optional<Content> content;
    const auto done = try_call([&](Deadline end) { content = store.get(fate.id, end); });
    if (!done.value_or(false)) return;
    if (const auto text = wrong_in(fate, content)) wrong_.push_back("at once: " + *text);
  }

  void ask(ContentStore& store) {
    const std::string prompt = "prompt " + std::to_string(random_() % 20);
    const Request request{.tenant = Tenant::named("tenant"), .model = "model", .prompt = prompt};
    std::string text;
    const auto done = try_call([&](Deadline end) {
      const auto generate = [&](Deadline) { return Response{.text = "answer to " + prompt}; };
      text = store.cache().get_or_generate(request, generate, {}, end).response->text;
    });
    if (done.value_or(false) && text != "answer to " + prompt)
      wrong_.emplace_back("a wrong answer");
  }

  static std::optional<std::string> wrong_in(const Fate& fate,
                                             const std::optional<Content>& content) {
    if (!content) {
      return fate.stored && !fate.erased && !fate.perhaps_erased
                 ? std::optional<std::string>("lost")
                 : std::nullopt;
    }
    if (fate.erased) return "is back after its erase";
    if (!fate.stored && !fate.in_doubt) return "there, though its put failed";
    const auto text = content->output.get_string("text");
    const bool known = text == fate.text || std::ranges::count(fate.perhaps, text.value_or("")) > 0;
    if (!known) return "has another output";
    if (content->metadata.title != "mixed " + std::string(*text)) return "has another's metadata";
    return std::nullopt;
  }

  std::mt19937_64 random_;
  std::vector<Fate> fates_;
  std::vector<std::string> wrong_;
  std::size_t acknowledged_ = 0;
  Deadline::Clock::duration longest_{0};
};

}  // namespace polystore::test
