#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

/// What polystore calibrate computes. docs/tool.md defines the rates.
namespace polystore::tool {

/// A line of the file of pairs.
struct LabelledPair {
  std::string a{};
  std::string b{};
  bool same = false;  ///< An answer to one answers the other.
};

/// The vectors of a file, one after the other.
struct VectorFile {
  std::vector<double> values{};
  std::size_t rows = 0;
  std::size_t dimensions = 0;
};

/// Reads JSON Lines with a, b and same; both kinds of pairs must be there.
/// Errors: invalid_argument that names the line and the field.
std::vector<LabelledPair> read_pairs(const std::string& path);

/// Reads NumPy's format, version 1.0 or 2.0: little-endian float32 or float64 in C order with two
/// dimensions. Every row must be finite and not all zero.
/// Errors: invalid_argument that says what is wrong.
VectorFile read_vectors(const std::string& path);

/// How a file is shown in a message: its name, unless it looks like a URL, which may hold a
/// password.
std::string shown_name(const std::string& path);

struct ScoredPair {
  double cosine = 0;
  bool same = false;
  bool refused = false;  ///< By the guard, whatever the threshold.
};

/// Scores pairs whose vectors are the rows 2 i and 2 i + 1. A pair is refused by the guard, unless
/// `guarded` is false.
/// Errors: invalid_argument when the counts do not match.
std::vector<ScoredPair> score(const std::vector<LabelledPair>& pairs, const VectorFile& vectors,
                              bool guarded);

/// Of what the false hits are counted a share.
enum class Whole { different, hits, pairs };

/// What happens when pairs of at least a cosine similarity are hits.
struct Rates {
  double threshold = 0;
  std::size_t hits = 0;
  std::size_t false_hits = 0;
  std::size_t pairs = 0;
  std::size_t same = 0;

  [[nodiscard]] double hit_rate() const noexcept;
  [[nodiscard]] double recall() const noexcept;
  /// 1 where there is no hit.
  [[nodiscard]] double precision() const noexcept;
  /// 0 where there is no hit.
  [[nodiscard]] double false_hit_rate(Whole whole = Whole::different) const noexcept;
};

/// The rates over all thresholds.
class RateCurve {
 public:
  explicit RateCurve(std::vector<ScoredPair> pairs);

  [[nodiscard]] Rates at(double threshold) const;

  /// The point of most hits whose false-hit rate is at most `bound`; of equal ones that of the
  /// highest threshold. Nothing when no threshold that gives a hit keeps the bound.
  [[nodiscard]] std::optional<Rates> best(double bound, Whole whole = Whole::different) const;

  /// One point for each threshold that makes a difference, from the highest down.
  [[nodiscard]] const std::vector<Rates>& points() const noexcept { return points_; }

 private:
  std::vector<Rates> points_;
};

/// What a plot shows. `guarded` is nothing with --no-guard.
struct RatePlot {
  const RateCurve& plain;
  const RateCurve* guarded = nullptr;
  double bound = 0;
};

/// Whether the name ends as one of a plot: .svg, which this program writes, or .png, for which it
/// runs gnuplot.
bool is_plot_name(const std::string& path);

/// Draws hit rate over false-hit rate. Errors: std::runtime_error when it can't be written.
void write_plot(const RatePlot& plot, const std::string& path);

}  // namespace polystore::tool
