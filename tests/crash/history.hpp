#pragma once

#include "polystore/content_id.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <unordered_map>
#include <vector>

namespace polystore::test {

/// What the logs say of one id.
struct IdHistory {
  bool put_done = false;
  bool put_in_doubt = false;  ///< A put of it has no outcome, or an unknown one.
  bool erase_tried = false;
  bool erase_done = false;

  [[nodiscard]] bool must_be_there() const { return put_done && !erase_tried; }
  [[nodiscard]] bool may_be_there() const { return (put_done || put_in_doubt) && !erase_done; }
};

/// A call that ended.
struct TimedCall {
  std::string kind;
  std::chrono::microseconds took{};
  std::chrono::microseconds limit{};
  std::chrono::microseconds kept_waiting{};  ///< By the machine; noted for late calls.
};

/// What the logs of crash writers say (log.hpp).
struct CrashHistory {
  std::unordered_map<ContentId, IdHistory> ids{};
  std::vector<TimedCall> calls{};
  std::map<std::string, std::size_t> outcomes{};  ///< By kind and outcome.
  std::size_t unended = 0;                        ///< Calls that a death cut off.
  std::vector<std::string> violations{};

  /// Adds the log files of the folder whose names begin so.
  void read_folder(const std::filesystem::path& folder, const std::string& prefix) {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      if (entry.path().filename().string().starts_with(prefix)) read_file(entry.path());
    }
  }

  /// Adds a log file, if it is there.
  void read_file(const std::filesystem::path& path) {
    std::ifstream file(path);
    std::unordered_map<std::uint64_t, OpenCall> open;
    for (std::string line; std::getline(file, line) && !file.eof();) {
      std::istringstream words(line);
      std::string what;
      std::uint64_t number = 0;
      words >> what;
      if (what == "D") continue;
      if (what == "V") {
        violations.push_back(path.filename().string() + ": " + line.substr(2));
        continue;
      }
      words >> number;
      if (what == "B") {
        open.emplace(number, read_begin(words));
      } else {
        read_end(words, open.at(number).ids);
        open.erase(number);
      }
    }
    unended += open.size();
    for (const auto& [number, call] : open) note_outcome(call.kind, '?', call.ids);
  }

 private:
  struct OpenCall {
    std::string kind;
    std::vector<ContentId> ids;
  };

  OpenCall read_begin(std::istringstream& words) {
    OpenCall call;
    words >> call.kind;
    for (std::string id; words >> id;) call.ids.push_back(ContentId::parse(id).value());
    return call;
  }

  void read_end(std::istringstream& words, const std::vector<ContentId>& call_ids) {
    TimedCall call;
    std::int64_t took = 0;
    std::int64_t limit = 0;
    std::int64_t waited = 0;
    std::string results;
    words >> call.kind >> took >> limit >> waited >> results;
    call.took = std::chrono::microseconds(took);
    call.limit = std::chrono::microseconds(limit);
    call.kept_waiting = std::chrono::microseconds(waited);
    calls.push_back(call);
    if (call_ids.empty()) ++outcomes[call.kind + " " + results];
    for (std::size_t i = 0; i < call_ids.size(); ++i) {
      note_outcome(call.kind, results.at(i), {call_ids[i]});
    }
  }

  void note_outcome(const std::string& kind, char outcome, const std::vector<ContentId>& of) {
    for (const ContentId& id : of) {
      ++outcomes[kind + " " + outcome];
      const bool put = kind.starts_with("put");
      if (!put && kind != "erase") continue;
      IdHistory& history = ids[id];
      if (put) {
        history.put_done = history.put_done || outcome == '+';
        history.put_in_doubt = history.put_in_doubt || outcome == '?';
      } else if (outcome != '-') {
        history.erase_tried = true;
        history.erase_done = history.erase_done || outcome == '+';
      }
    }
  }
};

}  // namespace polystore::test
