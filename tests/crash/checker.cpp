// After the crash test: hands the outbox over, then compares the stores with what the writers have
// logged. Prints what it saw, and what is wrong; its exit status is 1 when something is.
//   crash_checker prepare <metadata URL> <outputs URL>
//   crash_checker check <metadata URL> <outputs URL> <log folder>
#include "polystore/polystore.hpp"

#include "crash/draft.hpp"
#include "crash/history.hpp"
#include "support/deadline_grace.hpp"

#include <array>
#include <iostream>
#include <thread>

using namespace polystore;
using namespace std::chrono_literals;
using test::CrashHistory;
using test::IdHistory;

namespace {

constexpr std::size_t most_shown = 10;  // of each kind of fault

class Report {
 public:
  void fault(const std::string& what, const std::string& which) {
    const std::size_t count = ++faults_[what];
    if (count <= most_shown) std::cout << "FAULT " << what << ": " << which << '\n';
  }
  [[nodiscard]] int exit_status() const {
    for (const auto& [what, count] : faults_)
      std::cout << "FAULTS " << what << ": " << count << '\n';
    return faults_.empty() ? 0 : 1;
  }

 private:
  std::map<std::string, std::size_t> faults_;
};

Deadline soon() { return Deadline::after(60s); }

// Claims of relays that were killed hold their entries for the length of a lease, 30 s.
void drain_outbox(ContentStore& store, Report& report) {
  const auto begin = Deadline::Clock::now();
  const auto give_up = Deadline::after(90s);
  while (store.maintenance().outbox_status(soon()).pending > 0 && !give_up.expired()) {
    (void)store.maintenance().relay(soon());
    std::this_thread::sleep_for(50ms);
  }
  const auto status = store.maintenance().outbox_status(soon());
  if (status.pending > 0) report.fault("the outbox is not empty", std::to_string(status.pending));
  if (status.dead > 0) report.fault("the outbox has dead entries", std::to_string(status.dead));
  std::cout << "outbox empty after "
            << std::chrono::duration_cast<std::chrono::milliseconds>(Deadline::Clock::now() - begin)
            << '\n';
}

void check_one(const ContentId& id, const IdHistory& history, const ItemResult<Content>& result,
               Report& report) {
  if (result.error) {
    report.fault("unreadable", id.to_string() + " " + result.error->what());
  } else if (!result.value) {
    if (history.must_be_there()) report.fault("acknowledged and absent", id.to_string());
  } else if (history.erase_done) {
    report.fault("erased and there", id.to_string());
  } else if (!history.may_be_there()) {
    report.fault("surely failed and there", id.to_string());
  } else if (!test::is_as_drafted(id, *result.value)) {
    report.fault("different", id.to_string());
  }
}

void check_each(ContentStore& store, const CrashHistory& history, Report& report) {
  std::vector<ContentId> asked;
  const auto ask = [&] {
    const auto results = store.get_many(asked, soon());
    for (std::size_t i = 0; i < asked.size(); ++i) {
      check_one(asked[i], history.ids.at(asked[i]), results[i], report);
    }
    asked.clear();
  };
  for (const auto& [id, known] : history.ids) {
    asked.push_back(id);
    if (asked.size() == 200) ask();
  }
  ask();
}

// The listing has what must be there, and nothing that nobody put.
void check_listing(ContentStore& store, const CrashHistory& history, Report& report) {
  std::size_t there = 0;
  for (const auto& [id, known] : history.ids) there += known.must_be_there() ? 1U : 0U;
  std::size_t listed = 0;
  Query query{.limit = limits::page_items};
  do {
    const Page page = store.find(query, soon());
    for (const Metadata& metadata : page.items) {
      const auto known = history.ids.find(metadata.id);
      if (known == history.ids.end() || !known->second.may_be_there()) {
        report.fault("listed, and should not be", metadata.id.to_string());
      } else if (known->second.must_be_there()) {
        ++listed;
      }
      if (!test::is_as_drafted(metadata)) report.fault("listed wrongly", metadata.id.to_string());
    }
    query.after = page.next;
  } while (query.after);
  if (listed != there) {
    report.fault("missing in the listing", std::to_string(there - listed));
  }
  std::cout << "contents that must be there: " << there << '\n';
}

// I9: every call ends by its deadline + 100 ms, and the time for which its threads waited for a
// processor or the disk.
void check_deadlines(const CrashHistory& history, Report& report) {
  constexpr std::array bounds{0ms, 1ms, 5ms, 20ms, 50ms, 100ms};
  std::array<std::size_t, bounds.size() + 1> counts{};
  std::chrono::microseconds largest{};
  std::chrono::microseconds largest_own{};
  std::size_t late = 0;
  for (const auto& call : history.calls) {
    const auto over = call.took - call.limit;
    largest = std::max(largest, over);
    largest_own = std::max(largest_own, over - call.kept_waiting);
    ++counts[static_cast<std::size_t>(std::ranges::lower_bound(bounds, over) - bounds.begin())];
    if (over <= test::deadline_grace) continue;
    ++late;
    if (over > test::deadline_grace + call.kept_waiting) {
      report.fault("ended too late", call.kind + " of " + std::to_string(call.limit.count()) +
                                         " us took " + std::to_string(call.took.count()) +
                                         " us; its threads waited for a processor or the disk " +
                                         std::to_string(call.kept_waiting.count()) + " us");
    }
  }
  std::cout << "calls by how late they ended: in time " << counts[0];
  for (std::size_t i = 1; i < bounds.size(); ++i) {
    std::cout << ", to " << bounds[i].count() << " ms " << counts[i];
  }
  std::cout << ", later " << counts.back() << "; largest overrun " << largest.count() << " us; "
            << late << " beyond the grace\n";
}

int check(ContentStore& store, const std::string& folder) {
  Report report;
  CrashHistory history;
  history.read_folder(folder, "writer-");
  std::cout << "calls ended " << history.calls.size() << ", cut off by a death " << history.unended
            << "; items by outcome:";
  for (const auto& [outcome, count] : history.outcomes)
    std::cout << ' ' << outcome << ' ' << count << ';';
  std::cout << '\n';
  for (const auto& violation : history.violations) report.fault("seen by a writer", violation);
  check_deadlines(history, report);
  drain_outbox(store, report);
  check_each(store, history, report);
  check_listing(store, history, report);
  if (history.ids.empty()) report.fault("nothing was put", "");
  return report.exit_status();
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() < 3) return 2;
  try {
    auto store = ContentStore::open({.metadata = arguments[1],
                                     .outputs = arguments[2],
                                     .responses = "memory:",
                                     .open_deadline = 60s});
    if (arguments[0] == "prepare") {
      for (std::int64_t user = 1; user <= test::crash_users; ++user) {
        store.ensure_user(user, "user", soon());
      }
      return 0;
    }
    return check(store, arguments.at(3));
  } catch (const std::exception& error) {
    std::cout << "FAULT the check failed: " << error.what() << '\n';
    return 1;
  }
}
