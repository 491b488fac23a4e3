#include "calibration.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <system_error>

namespace polystore::tool {
namespace {

constexpr double width = 720;
constexpr double height = 480;
constexpr double left = 70;
constexpr double right = 20;
constexpr double top = 50;
constexpr double bottom = 60;
constexpr const char* plain_color = "#b2182b";
constexpr const char* guarded_color = "#2166ac";
constexpr const char* title = "Hits of a semantic cache by the share of different pairs that hit";
constexpr const char* x_title = "false-hit rate (of different pairs), %";
constexpr const char* y_title = "hit rate (of all pairs), %";

[[noreturn]] void fail(const std::string& path, const char* why) {
  throw std::runtime_error("the plot " + shown_name(path) + " can't be written: " + why);
}

// 1, 2 or 5 times a power of ten, so that there are at most ten steps.
double step_of(double most) {
  const double power = std::pow(10, std::floor(std::log10(most / 10)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (most / (factor * power) <= 10) return factor * power;
  }
  return 10 * power;
}

// Where a plot ends. It shows five times the bound, so that the curve is seen on both sides of it.
struct Frame {
  double most_x = 0;
  double most_y = 0;

  explicit Frame(const RatePlot& plot) {
    most_x = std::clamp(plot.bound * 5, 0.01, 1.0);
    for (const RateCurve* curve : {&plot.plain, plot.guarded}) {
      if (curve == nullptr) continue;
      for (const Rates& point : curve->points()) {
        if (point.false_hit_rate() <= most_x) most_y = std::max(most_y, point.hit_rate());
      }
    }
    most_y = std::max(0.01, most_y * 1.05);
  }

  [[nodiscard]] double x(double rate) const {
    return left + (width - left - right) * std::min(rate / most_x, 1.0);
  }
  [[nodiscard]] double y(double rate) const {
    return height - bottom - (height - top - bottom) * std::min(rate / most_y, 1.0);
  }
};

class Svg {
 public:
  Svg(const RatePlot& plot) : plot_(plot), frame_(plot) {}

  std::string draw() {
    text_ = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} "
        "{1}\" font-family=\"sans-serif\" font-size=\"13\">\n<rect width=\"{0}\" height=\"{1}\" "
        "fill=\"white\"/>\n",
        width, height);
    label(width / 2, 24, title, "middle\" font-size=\"15");
    draw_axes();
    line(frame_.x(plot_.bound), frame_.y(0), frame_.x(plot_.bound), frame_.y(frame_.most_y),
         "#888888\" stroke-dasharray=\"5 4");
    draw_curve(plot_.plain, plain_color, "plain cosine", 0);
    if (plot_.guarded != nullptr) draw_curve(*plot_.guarded, guarded_color, "with the guard", 1);
    return text_ + "</svg>\n";
  }

 private:
  void label(double x, double y, std::string_view text, std::string_view anchor) {
    text_ += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n", x, y,
                         anchor, text);
  }

  void line(double x1, double y1, double x2, double y2, std::string_view stroke) {
    text_ += fmt::format(
        "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"{}\"/>\n", x1, y1,
        x2, y2, stroke);
  }

  void draw_axes() {
    const double step_x = step_of(frame_.most_x);
    for (int i = 0; i * step_x <= frame_.most_x * 1.0001; ++i) {
      const double x = frame_.x(i * step_x);
      line(x, frame_.y(0), x, frame_.y(frame_.most_y), "#dddddd");
      label(x, height - bottom + 20, fmt::format("{:g}", 100 * i * step_x), "middle");
    }
    const double step_y = step_of(frame_.most_y);
    for (int i = 0; i * step_y <= frame_.most_y * 1.0001; ++i) {
      const double y = frame_.y(i * step_y);
      line(left, y, width - right, y, "#dddddd");
      label(left - 8, y + 4, fmt::format("{:g}", 100 * i * step_y), "end");
    }
    label((left + width - right) / 2, height - 14, x_title, "middle");
    text_ += fmt::format(
        "<text transform=\"translate(20 {:.1f}) rotate(-90)\" text-anchor=\"middle\">{}</text>\n",
        (top + height - bottom) / 2, y_title);
  }

  void draw_curve(const RateCurve& curve, const char* color, const char* name, int row) {
    text_ += "<polyline fill=\"none\" stroke-width=\"2\" stroke=\"" + std::string(color) +
             "\" points=\"";
    for (const Rates& point : curve.points()) {
      if (point.false_hit_rate() > frame_.most_x) break;
      text_ += fmt::format("{:.1f},{:.1f} ", frame_.x(point.false_hit_rate()),
                           frame_.y(point.hit_rate()));
    }
    text_ += "\"/>\n";
    std::string picked = "no threshold";
    if (const auto best = curve.best(plot_.bound)) {
      text_ += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"5\" fill=\"{}\"/>\n",
                           frame_.x(best->false_hit_rate()), frame_.y(best->hit_rate()), color);
      picked = fmt::format("{:.1f} % at {:.4f}", 100 * best->hit_rate(), best->threshold);
    }
    const double y = height - bottom - 34 + 20 * row;
    line(width - 290, y - 4, width - 266, y - 4, std::string(color) + "\" stroke-width=\"2");
    label(width - 260, y, fmt::format("{}: {}", name, picked), "start");
  }

  const RatePlot& plot_;
  const Frame frame_;
  std::string text_;
};

void append_data(std::string& script, const char* name, const RateCurve& curve) {
  script += fmt::format("${} << EOD\n", name);
  for (const Rates& point : curve.points()) {
    script += fmt::format("{} {}\n", 100 * point.false_hit_rate(), 100 * point.hit_rate());
  }
  script += "EOD\n";
}

std::string in_quotes(std::string_view text) {  // as gnuplot has it: nothing but '' is special
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("''") : std::string(1, c);
  return quoted + "'";
}

std::string gnuplot_script(const RatePlot& plot, const std::string& path) {
  const Frame frame(plot);
  std::string script = fmt::format(
      "set terminal pngcairo size {},{}\nset output {}\nset title '{}'\nset xlabel '{}'\n"
      "set ylabel '{}'\nset xrange [0:{}]\nset yrange [0:{}]\nset grid\nset key bottom right\n"
      "set arrow from {},graph 0 to {},graph 1 nohead dashtype 2\n",
      width, height, in_quotes(path), title, x_title, y_title, 100 * frame.most_x,
      100 * frame.most_y, 100 * plot.bound, 100 * plot.bound);
  append_data(script, "plain", plot.plain);
  if (plot.guarded != nullptr) append_data(script, "guarded", *plot.guarded);
  script +=
      fmt::format("plot $plain with lines lw 2 lc rgb '{}' title 'plain cosine'", plain_color);
  if (plot.guarded != nullptr) {
    script +=
        fmt::format(", $guarded with lines lw 2 lc rgb '{}' title 'with the guard'", guarded_color);
  }
  return script + "\n";
}

void write_png(const RatePlot& plot, const std::string& path) {
  if (path.find('\n') != std::string::npos) fail(path, "its name has a line break");
  // Where gnuplot can't write the file, it goes on without.
  if (!std::ofstream(path, std::ios::binary)) fail(path, "look at its folder");
  std::FILE* gnuplot = popen("gnuplot >/dev/null 2>&1", "w");
  if (gnuplot == nullptr) fail(path, "gnuplot can't be started; install it, or name a file .svg");
  const std::string script = gnuplot_script(plot, path);
  const bool written = std::fwrite(script.data(), 1, script.size(), gnuplot) == script.size();
  std::error_code ignored;
  if (pclose(gnuplot) != 0 || !written || std::filesystem::file_size(path, ignored) == 0) {
    fail(path, "gnuplot failed; install it and look at the folder, or name a file .svg");
  }
}

}  // namespace

bool is_plot_name(const std::string& path) {
  return path.ends_with(".svg") || path.ends_with(".png");
}

void write_plot(const RatePlot& plot, const std::string& path) {
  if (path.ends_with(".png")) return write_png(plot, path);
  std::ofstream file(path, std::ios::binary);
  file << Svg(plot).draw();
  file.close();
  if (!file) fail(path, "look at its folder and the space in it");
}

}  // namespace polystore::tool
