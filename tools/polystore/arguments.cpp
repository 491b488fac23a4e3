#include "arguments.hpp"

#include "output.hpp"

#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <polystore/maintenance.hpp>
#include <polystore/version.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <string_view>

namespace polystore::tool {
namespace {

constexpr double short_work_s = 30;
constexpr double long_work_s = 3600;
constexpr double longest_s = 86'400;

constexpr const char* exit_codes = R"(Exit codes:
  0  all is well
  1  violations or failed checks were found, the store refused, or the
     standard output could not be written
  2  the command line is wrong, or names a wrong URL
  3  a server can't be reached, or can't serve now (doctor: 1)
  4  the deadline passed before the end

A password in an argument can be read by every user of this machine (ps): set the environment
variables POLYSTORE_METADATA_URL, POLYSTORE_OUTPUTS_URL and POLYSTORE_RESPONSES_URL instead.)";

// The options of invalidate, of which one names a scope.
struct ScopeOptions {
  bool all = false;
  bool shared = false;
  std::optional<std::string> tenant{};
  std::optional<std::string> model{};
  std::optional<std::int64_t> user_id{};
  std::optional<std::string> tag{};
};

// The options of retain.
struct RetentionOptions {
  std::string older_than{};
  bool shared = false;
  std::optional<std::string> tenant{};
  std::optional<std::string> model{};
  std::size_t batch = RetentionRule{}.batch;
};

// What the parser fills in.
struct Parsed {
  Arguments arguments{};
  ScopeOptions scope{};
  RetentionOptions retention{};
  std::optional<std::string> after{};
  bool no_guard = false;
  double deadline_s = 0;
  double min_age_s = 0;
};

std::chrono::milliseconds milliseconds_of(double seconds) {
  return std::chrono::round<std::chrono::milliseconds>(std::chrono::duration<double>(seconds));
}

// As CLI::Range, which lets NaN pass and adds itself to the help.
CLI::Validator between(double least, double most) {
  return CLI::Validator(
      [least, most](const std::string& text) -> std::string {
        char* end = nullptr;
        const double value = std::strtod(text.c_str(), &end);
        const bool good = !text.empty() && *end == '\0';
        return good && value >= least && value <= most ? "" : "out of range";
      },
      "");
}

// "90d", "12h", "30m" or "45s"; nothing for another text.
std::optional<std::chrono::milliseconds> age_of(const std::string& text) {
  constexpr std::string_view units = "smhd";
  constexpr std::array<double, 4> seconds{1, 60, 3600, 86'400};
  char* end = nullptr;
  const double count = std::strtod(text.c_str(), &end);
  const auto unit = text.empty() ? units.npos : units.find(text.back());
  if (unit == units.npos || end != text.c_str() + text.size() - 1) return std::nullopt;
  const double span = count * seconds.at(unit);
  if (!(span >= 0.001 && span <= 1000 * 365.2425 * 86'400)) return std::nullopt;
  return milliseconds_of(span);
}

void add_global_options(CLI::App& app, Parsed& parsed) {
  app.require_subcommand(1);
  const Version version = linked_version();
  app.set_version_flag(
      "--version", fmt::format("polystore {}.{}.{}", version.major, version.minor, version.patch));
  app.add_option("--metadata", parsed.arguments.stores.metadata,
                 "Where metadata are (default: POLYSTORE_METADATA_URL)");
  app.add_option("--outputs", parsed.arguments.stores.outputs,
                 "Where outputs are (default: POLYSTORE_OUTPUTS_URL)");
  app.add_option("--responses", parsed.arguments.stores.responses,
                 "Where responses are (default: POLYSTORE_RESPONSES_URL)");
  app.add_option("--vectors", parsed.arguments.stores.vectors,
                 "Where vectors are (default: POLYSTORE_VECTORS_URL)");
  app.add_option(
         "--deadline", parsed.deadline_s,
         "Seconds that all of it may take (default: 30; those that look at everything: 3600)")
      ->check(between(0.001, longest_s))
      ->type_name("SECONDS");
  app.add_flag("--json", parsed.arguments.json, "Print one JSON object");
  app.add_flag("--quiet", parsed.arguments.quiet, "Print errors only");
  app.footer(exit_codes);
}

CLI::App* add_command(CLI::App& app, const char* name, const char* description) {
  CLI::App* command = app.add_subcommand(name, description);
  command->fallthrough();  // global options may follow the command
  return command;
}

void add_invalidate(CLI::App& app, Parsed& parsed) {
  CLI::App* command = add_command(app, "invalidate", "Give cached answers no more");
  ScopeOptions& scope = parsed.scope;
  command->add_flag("--all", scope.all, "All answers");
  command->add_option("--tenant", scope.tenant, "Those of a tenant")->type_name("NAME");
  command->add_flag("--shared", scope.shared, "Those that all tenants share");
  command->add_option("--model", scope.model, "Those of a model")->type_name("NAME");
  command->add_option("--user", scope.user_id, "Those of a user")->type_name("ID");
  command->add_option("--tag", scope.tag, "Those of a tenant, or with --shared, that have this tag")
      ->type_name("NAME");
  command->add_flag("--dry-run", parsed.arguments.dry_run, "Only count them");
}

void add_retain(CLI::App& app, Parsed& parsed) {
  CLI::App* command = add_command(app, "retain", "Erase contents that need not be kept");
  RetentionOptions& options = parsed.retention;
  command
      ->add_option("--older-than", options.older_than, "Those generated longer ago, as 90d or 12h")
      ->check(CLI::Validator(
          [](const std::string& text) -> std::string { return age_of(text) ? "" : "no age"; }, ""))
      ->type_name("AGE");
  command->add_option("--tenant", options.tenant, "Those of a tenant")->type_name("NAME");
  command->add_flag("--shared", options.shared, "Those of no tenant");
  command->add_option("--model", options.model, "Those of a model")->type_name("NAME");
  command->add_option("--batch", options.batch, "Contents of one transaction")
      ->check(between(1, 1000))
      ->type_name("COUNT")
      ->capture_default_str();
  command->add_flag("--dry-run", parsed.arguments.dry_run, "Only count them");
}

void add_user_commands(CLI::App& app, Parsed& parsed) {
  CLI::App* exporting =
      add_command(app, "export-user", "Write all that is stored about a user, as JSON Lines");
  CLI::App* proving = add_command(app, "prove-erased", "Look for what is left of an erased user");
  for (CLI::App* command : {exporting, proving}) {
    command->add_option("ID", parsed.arguments.user_id, "The user")
        ->required()
        ->check(between(1, 9.3e18));
  }
  exporting
      ->add_option("--output", parsed.arguments.output, "A new file instead of the standard output")
      ->type_name("FILE");
  exporting->add_option("--after", parsed.after, "Go on where an earlier call ended")
      ->type_name("CURSOR");
}

void add_calibrate(CLI::App& app, CalibrateArguments& arguments, bool& no_guard) {
  CLI::App* command =
      add_command(app, "calibrate", "Pick the threshold of a semantic cache from labelled pairs");
  command->add_option("--pairs", arguments.pairs, "JSON Lines with a, b and same")
      ->required()
      ->type_name("FILE.jsonl");
  command
      ->add_option("--vectors", arguments.vectors, "Their embeddings, by examples/embed_pairs.py")
      ->required()
      ->type_name("FILE.npy");
  command
      ->add_option("--max-false-hit-rate", arguments.max_false_hit_rate,
                   "The share of different pairs that may hit")
      ->check(between(0, 1))
      ->type_name("SHARE")
      ->capture_default_str();
  command->add_option("--threshold", arguments.thresholds, "Show these instead of the usual ones")
      ->check(between(-1, 1))
      ->allow_extra_args(false)
      ->type_name("COSINE");
  command->add_flag("--no-guard", no_guard, "Only plain cosine similarity");
  command->add_option("--plot", arguments.plot, "Draw hits over false hits")
      ->type_name("FILE.svg|.png");
}

// Nothing unless the options name exactly one scope.
std::optional<Scope> scope_of(const ScopeOptions& options) {
  const int tenants = int{options.tenant.has_value()} + int{options.shared};
  const int others =
      int{options.all} + int{options.model.has_value()} + int{options.user_id.has_value()};
  if (tenants + others != 1 || (options.tag && tenants != 1)) return std::nullopt;
  if (options.all) return Scope::all();
  if (options.model) return Scope::model(*options.model);
  if (options.user_id) return Scope::user(*options.user_id);
  const Tenant tenant = options.shared ? Tenant::shared() : Tenant::named(*options.tenant);
  return options.tag ? Scope::tag(tenant, *options.tag) : Scope::tenant(tenant);
}

// Nothing where the options name no rule, or two tenants.
std::optional<RetentionRule> rule_of(const RetentionOptions& options, bool dry_run) {
  RetentionRule rule{.older_than = age_of(options.older_than),
                     .model = options.model,
                     .batch = options.batch,
                     .dry_run = dry_run};
  if (options.tenant) rule.tenant = Tenant::named(*options.tenant);
  if (options.shared) rule.tenant = Tenant::shared();
  if (options.tenant && options.shared) return std::nullopt;
  if (!rule.older_than && !rule.tenant && !rule.model) return std::nullopt;
  return rule;
}

void add_commands(CLI::App& app, Parsed& parsed) {
  const SweepOptions sweep_defaults;
  Arguments& arguments = parsed.arguments;
  add_command(app, "migrate", "Bring the schemas of metadata and outputs up to date");
  add_command(app, "doctor", "Check servers, versions, durability, schemas and clocks");
  add_command(app, "stats", "Show the state of the outbox");
  add_command(app, "relay", "Hand the output store what it missed");
  CLI::App* verify = add_command(app, "verify", "Compare metadata, outputs and outbox");
  verify->add_flag("--repair", arguments.repair, "Mend what can be mended");
  CLI::App* sweep = add_command(app, "sweep", "Remove outputs that no metadata row owns");
  sweep->add_flag("--dry-run", arguments.dry_run, "Only count them");
  parsed.min_age_s = std::chrono::duration<double>(sweep_defaults.min_age).count();
  for (CLI::App* command : {verify, sweep}) {
    command
        ->add_option("--min-age", parsed.min_age_s,
                     "Pass over outputs without a row that are younger: a put may be under way")
        ->check(between(0, 1e9))
        ->type_name("SECONDS")
        ->capture_default_str();
  }
  arguments.largest_share = sweep_defaults.largest_share;
  sweep
      ->add_option("--largest-share", arguments.largest_share,
                   "Refuse when more than this share of the outputs would go")
      ->check(between(0, 1))
      ->type_name("SHARE")
      ->capture_default_str();
  CLI::App* dead = add_command(app, "dead-letters", "List outbox entries that were given up");
  CLI::Option* retry = dead->add_flag("--retry", arguments.retry, "Make them due again");
  dead->add_option("SEQUENCE", arguments.sequences, "With --retry: only these")->needs(retry);
  add_retain(app, parsed);
  add_user_commands(app, parsed);
  add_invalidate(app, parsed);
  add_calibrate(app, arguments.calibrate, parsed.no_guard);
}

// The parser's own messages quote arguments, which may hold a password. This is the name of the
// option or argument that a text begins with.
std::string name_in(std::string_view text) {
  const auto end =
      std::ranges::find_if(text, [](unsigned char c) { return c != '-' && std::isalpha(c) == 0; });
  return {text.begin(), end};
}

std::string describe_extras(const CLI::App& app) {
  std::string names;
  for (const std::string& argument : app.remaining(true)) {
    if (argument.starts_with("--")) names += " " + name_in(argument);
  }
  return names.empty() ? "there is an argument too many, or no such command"
                       : "there is no option" + names;
}

std::string describe(const CLI::ParseError& error) {
  constexpr std::string_view conversion = "Could not convert: ";
  std::string_view text = error.what();
  if (text.starts_with(conversion)) text.remove_prefix(conversion.size());
  return name_in(text) + ": the value is missing or not allowed";
}

int refuse(const std::string& message) {
  complain(message + "; see polystore --help");
  return static_cast<int>(ExitCode::usage);
}

// What is wrong with options that are each right; empty for nothing. Takes them in.
std::string settle(Parsed& parsed) {
  Arguments& arguments = parsed.arguments;
  arguments.scope = scope_of(parsed.scope);
  arguments.calibrate.guard = !parsed.no_guard;
  if (parsed.after) arguments.after = Cursor{*parsed.after};
  if (arguments.command == "invalidate" && !arguments.scope) {
    return "name what to invalidate by one of --all, --tenant, --shared, --model and "
           "--user; --tag goes with --tenant or --shared";
  }
  if (arguments.command == "retain") {
    const auto rule = rule_of(parsed.retention, arguments.dry_run);
    if (!rule) {
      return "name what to erase by --older-than, --model and one of --tenant and --shared, "
             "or some of these";
    }
    arguments.retention = *rule;
  }
  if (arguments.command == "export-user" && arguments.json && arguments.output.empty()) {
    return "--json goes with --output: the lines have the standard output";
  }
  return {};
}

bool is_long(std::string_view command) {
  constexpr std::array<std::string_view, 6> commands{"relay",  "verify",      "sweep",
                                                     "retain", "export-user", "prove-erased"};
  return std::ranges::find(commands, command) != commands.end();
}

}  // namespace

std::optional<Arguments> read_arguments(int argc, const char* const* argv, int& exit_code) {
  CLI::App app(
      "Looks after the stores of polystore. Where no store is named, the embedded one is "
      "meant: polystore.db in the folder POLYSTORE_HOME, else in the working directory.",
      "polystore");
  Parsed parsed;
  add_global_options(app, parsed);
  add_commands(app, parsed);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {  // --help or --version
    exit_code = app.exit(success);
    return std::nullopt;
  } catch (const CLI::ExtrasError&) {
    exit_code = refuse(describe_extras(app));
    return std::nullopt;
  } catch (const CLI::RequiredError& error) {
    exit_code = refuse(app.get_subcommands().empty() ? "one command is needed" : describe(error));
    return std::nullopt;
  } catch (const CLI::RequiresError&) {
    exit_code = refuse("sequence numbers go with --retry");
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    exit_code = refuse(describe(error));
    return std::nullopt;
  }
  Arguments& arguments = parsed.arguments;
  arguments.command = app.get_subcommands().front()->get_name();
  if (const std::string wrong = settle(parsed); !wrong.empty()) {
    exit_code = refuse(wrong);
    return std::nullopt;
  }
  if (app.count("--deadline") == 0) {
    parsed.deadline_s = is_long(arguments.command) ? long_work_s : short_work_s;
  }
  arguments.deadline = milliseconds_of(parsed.deadline_s);
  arguments.min_age = milliseconds_of(parsed.min_age_s);
  return arguments;
}

}  // namespace polystore::tool
