// rtctl bench: run a scripted load scenario, judge it, report it.
#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <map>

#include "base/file.hpp"
#include "cli/bench_flags.hpp"
#include "cli/bench_progress.hpp"
#include "cli/bench_report.hpp"
#include "cli/command.hpp"
#include "cli/exit_code.hpp"
#include "cli/server_under_test.hpp"
#include "cli/signals.hpp"
#include "cli/terminal.hpp"
#include "engine/run_control.hpp"
#include "metrics/measure.hpp"
#include "report/report.hpp"

namespace rtctl::cli {
namespace {

constexpr std::uint64_t kScenarioBytesMax = std::uint64_t{16} << 20;

Result<std::map<std::string, std::string>> variables_of(const BenchFlags& flags) {
  std::map<std::string, std::string> variables;
  for (const std::string& text : flags.variables) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0)
      return usage_error(fmt::format("--var \"{}\" is not NAME=VALUE", text));
    variables[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return variables;
}

/// `target`: the base URL of a server that this command started; "" otherwise.
Result<Scenario> scenario_of(const BenchFlags& flags, const std::string& target) {
  auto variables = variables_of(flags);
  if (!variables) return tl::unexpected(variables.error());
  if (!target.empty()) (*variables)["TARGET"] = target;
  const LoadOptions options{.variables = *variables};
  auto scenario = flags.file.empty()  ? quick_scenario(flags.quick)
                  : flags.file == "-" ? load_scenario(flags.from_stdin, "stdin", options)
                                      : load_scenario_file(flags.file, options);
  if (!scenario) return scenario;
  if (!target.empty()) scenario->target = target;
  if (flags.users_scale != 1) scale_users(*scenario, flags.users_scale);
  if (flags.duration) override_duration(*scenario, *flags.duration);
  if (flags.seed) scenario->seed = flags.seed;
  return scenario;
}

RunOptions run_options(const BenchFlags& flags) {
  static const std::map<std::string, Driver> kDrivers{
      {"auto", Driver::automatic}, {"direct", Driver::direct}, {"curl", Driver::curl}};
  return {.threads = flags.threads, .driver = kDrivers.at(flags.driver), .sources = flags.sources};
}

int print_text(std::string_view text) {
  const auto written = report::write_text(text, "-");
  return written ? int{exit_ok} : print_error(written.error());
}

int show_plan(const BenchFlags& flags) {
  const auto scenario = scenario_of(flags, "");
  if (!scenario) return print_error(scenario.error());
  const auto plan = plan_run(*scenario, run_options(flags));
  if (!plan) return print_error(plan.error());
  return print_text(plan->text);
}

std::string why_nothing_succeeded(const Summary& summary) {
  if (summary.total.errors.empty()) return "nothing succeeded: no answer came in all the time";
  const ErrorCount& error = summary.total.errors.front();
  return fmt::format("nothing succeeded: {} ({} times){}{}", error.kind, error.count,
                     error.example.empty() ? "" : ", for example: ", error.example);
}

/// One bench from the start of its server to the exit code.
class Bench {
 public:
  Bench(const BenchFlags& flags, const CommonOptions& common)
      : flags_(&flags),
        common_(&common),
        loop_(make_asio_loop()),
        progress_(progress_style(flags)) {}

  int run() {
    const auto signals = watch_signals(
        *loop_, [this](int signal) { on_signal(signal); },
        [this] {
          if (server_) server_->ask_to_end();
        });
    if (flags_->server.command.empty()) {
      begin("");
    } else if (!start_server()) {
      return exit_code_;
    }
    if (!is_over_) loop_->run();
    leave_at_next_signal();
    control_.reset();
    server_.reset();
    return exit_code_;
  }

 private:
  static BenchProgress::Style progress_style(const BenchFlags& flags) {
    if (flags.quiet) return BenchProgress::Style::none;
    return is_terminal(Stream::error) ? BenchProgress::Style::block : BenchProgress::Style::lines;
  }

  bool start_server() {
    ServerUnderTestOptions options = flags_->server;
    // What is wrong with the scenario shows before anything is started.
    const auto scenario = scenario_of(*flags_, options.is_reference() ? "http://127.0.0.1:1" : "");
    if (!scenario) return give_up(scenario.error());
    if (!options.is_reference() && options.wait_for.empty()) options.wait_for = scenario->target;
    auto server = start_server_under_test(*loop_, options, [this](Result<std::string> url) {
      if (url) {
        begin(*url);
      } else {
        give_up(url.error());
      }
    });
    if (!server) return give_up(server.error());
    server_ = std::move(*server);
    return true;
  }

  void begin(const std::string& target) {
    auto scenario = scenario_of(*flags_, target);
    if (!scenario) {
      give_up(scenario.error());
      return;
    }
    scenario_ = std::move(*scenario);
    RunOptions options = run_options(*flags_);
    options.on_progress = [this](const Progress& progress) { progress_.show(progress); };
    auto control = engine::start_run(*loop_, scenario_, options,
                                     [this](Summary summary) { end(std::move(summary)); });
    if (!control) {
      give_up(control.error());
      return;
    }
    control_ = std::move(*control);
  }

  bool give_up(const Error& error) {
    progress_.clear();
    exit_code_ = print_error(error);
    leave();
    return false;
  }

  void leave() {
    is_over_ = true;
    loop_->stop();
  }

  void on_signal(int signal) {
    signal_ = signal;
    if (control_) return control_->finish();
    exit_code_ = exit_code_of_signal(signal);
    leave();
  }

  void end(Summary summary) {
    progress_.clear();
    leave();
    exit_code_ = verdict(summary);
    const auto written =
        write_reports(summary, flags_->outputs, has_color(common_->color, Stream::out));
    if (!written) exit_code_ = print_error(written.error());
  }

  int verdict(const Summary& summary) const {
    if (signal_ != 0) return exit_code_of_signal(signal_);
    if (metrics::nothing_succeeded(summary.total))
      return print_error({ErrorKind::target, why_nothing_succeeded(summary)});
    if (flags_->strict_generator && !summary.generator.reasons.empty())
      return print_error({ErrorKind::system, "the generator was the bottleneck: " +
                                                 summary.generator.reasons.front()});
    for (const ThresholdResult& result : summary.results)
      if (!result.passed) return exit_thresholds;
    return exit_ok;
  }

  const BenchFlags* flags_;
  const CommonOptions* common_;
  std::unique_ptr<AsioLoop> loop_;
  BenchProgress progress_;
  Scenario scenario_;
  std::unique_ptr<ServerUnderTest> server_;
  std::unique_ptr<engine::RunControl> control_;
  int exit_code_ = exit_ok;
  int signal_ = 0;
  bool is_over_ = false;
};

int run_bench(BenchFlags& flags, const CommonOptions& common) {
  std::signal(SIGPIPE, SIG_IGN);  // a reader of the report that has left is no reason to die
  if (flags.schema) {
    return print_text(scenario_schema() + "\n");
  }
  if (flags.file.empty() == flags.quick.url.empty())
    return print_error({ErrorKind::usage, "give a scenario file or --url, and not both"});
  if (!flags.file.empty() && !flags.quick_flag.empty())
    return print_error({ErrorKind::usage, fmt::format("{} goes with --url; the scenario says it of "
                                                      "each group",
                                                      flags.quick_flag)});
  for (const std::string& path : flags.outputs)
    if (const auto known = check_report_path(path); !known) return print_error(known.error());
  if (flags.file == "-") {
    auto text = read_file(flags.file, kScenarioBytesMax);
    if (!text) return print_error(text.error());
    flags.from_stdin = std::move(*text);
  }
  if (flags.dry_run) return show_plan(flags);
  for (const std::string& path : flags.outputs)
    if (const auto good = check_report_place(path); !good) return print_error(good.error());
  return Bench(flags, common).run();
}

}  // namespace

void setup_bench(CLI::App& app, CommonOptions& common, std::function<int()>& chosen) {
  CLI::App* command = app.add_subcommand("bench", "Run a load scenario, judge it, report it");
  command->footer(
      "  rtctl bench scenarios/demo.yaml --start @reference\n"
      "  rtctl bench --url http://127.0.0.1:8080/api/events --kind sse --users 1000 --duration "
      "30s");
  auto flags = std::make_shared<BenchFlags>();
  add_bench_flags(*command, *flags);
  command->callback([&common, &chosen, flags] {
    chosen = [&common, flags] { return run_bench(*flags, common); };
  });
}

}  // namespace rtctl::cli
