#pragma once

#include <polystore/cache_key.hpp>
#include <polystore/options.hpp>
#include <polystore/query.hpp>
#include <polystore/retention.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace polystore::tool {

/// What calibrate works on.
struct CalibrateArguments {
  std::string pairs{};
  std::string vectors{};  ///< A file, unlike the global option of that name.
  std::string plot{};     ///< Empty: none.
  double max_false_hit_rate = 0.01;
  std::vector<double> thresholds{};  ///< Empty: the usual ones.
  bool guard = true;
};

/// What the command line says.
struct Arguments {
  std::string command{};
  OpenOptions stores{};  ///< Only the URLs; an empty one is the environment's.
  std::chrono::milliseconds deadline{};
  bool json = false;
  bool quiet = false;

  bool repair = false;                    ///< verify
  bool dry_run = false;                   ///< sweep, invalidate
  std::chrono::milliseconds min_age{};    ///< verify, sweep
  double largest_share = 0;               ///< sweep
  bool retry = false;                     ///< dead-letters
  std::vector<std::int64_t> sequences{};  ///< dead-letters; empty means all
  std::optional<Scope> scope{};           ///< invalidate: always set
  RetentionRule retention{};              ///< retain: always one that can be applied
  std::int64_t user_id = 0;               ///< export-user, prove-erased
  std::string output{};                   ///< export-user; empty: the standard output
  std::optional<Cursor> after{};          ///< export-user
  CalibrateArguments calibrate{};
};

/// Reads the command line. Nothing after --help, --version or a mistake, which it has printed;
/// then `exit_code` is set. No value of an argument is printed: it may hold a password.
std::optional<Arguments> read_arguments(int argc, const char* const* argv, int& exit_code);

}  // namespace polystore::tool
