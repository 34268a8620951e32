#include "cli/bench_flags.hpp"

#include "cli/values.hpp"

namespace rtctl::cli {
namespace {

void add_load_flags(CLI::App& command, BenchFlags& flags) {
  command.add_option("--url", flags.quick.url, "Load this URL, without a scenario file")
      ->type_name("URL")
      ->group("Load");
  command.add_option("--kind", flags.quick.kind, "With --url: what the users do there")
      ->check(CLI::IsMember({"sse", "poll", "chat", "feed", "request"}))
      ->each([&flags](const std::string&) { flags.quick_flag = "--kind"; })
      ->capture_default_str()
      ->group("Load");
  command.add_option("--users", flags.quick.users, "With --url: how many users")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{100'000'000}))
      ->each([&flags](const std::string&) { flags.quick_flag = "--users"; })
      ->capture_default_str()
      ->group("Load");
  add_duration(command, "--duration", flags.duration, "How long to measure, after the warm-up")
      ->group("Load");
  command.add_option("--users-scale", flags.users_scale, "Multiply users and rates by this")
      ->check(CLI::PositiveNumber)
      ->capture_default_str()
      ->group("Load");
  command.add_option("--var", flags.variables, "Set ${NAME} of the scenario (repeatable)")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false)
      ->group("Load");
  command.add_option("--seed", flags.seed, "Seed of all chance; drawn when absent")->group("Load");
}

void add_machine_flags(CLI::App& command, BenchFlags& flags) {
  command.add_option("--threads", flags.threads, "Worker threads; one per core when absent")
      ->check(CLI::Range(1U, 1024U))
      ->group("Machine");
  command.add_option("--source", flags.sources, "Local address to connect from (repeatable)")
      ->type_name("ADDRESS")
      ->allow_extra_args(false)
      ->group("Machine");
  command.add_option("--driver", flags.driver, "How HTTP is spoken")
      ->check(CLI::IsMember({"auto", "direct", "curl"}))
      ->capture_default_str()
      ->group("Machine");
  command
      .add_option("--start", flags.server.command,
                  "Start this server, load it, stop it; @reference is rtctl's own")
      ->type_name("CMD")
      ->group("Machine");
  command
      .add_option("--wait-for", flags.server.wait_for,
                  "With --start: URL that answers once the server is ready")
      ->type_name("URL")
      ->needs("--start")
      ->group("Machine");
}

void add_result_flags(CLI::App& command, BenchFlags& flags) {
  command.add_flag("--dry-run", flags.dry_run, "Check the scenario and print the plan")
      ->group("Result");
  command
      .add_option("--out", flags.outputs,
                  "Also write the result to this file; its ending says how (repeatable)")
      ->type_name("FILE")
      ->allow_extra_args(false)
      ->group("Result");
  command
      .add_flag("--strict-generator", flags.strict_generator,
                "Exit 5 when the generator was the bottleneck")
      ->group("Result");
  command.add_flag("-q,--quiet", flags.quiet, "No live progress")->group("Result");
  command.add_flag("--schema", flags.schema, "Print the JSON Schema of scenario files")
      ->group("Result");
}

}  // namespace

void add_bench_flags(CLI::App& command, BenchFlags& flags) {
  command.add_option("file", flags.file, "The scenario, see rtctl-scenario(5); - is stdin")
      ->type_name("FILE");
  add_load_flags(command, flags);
  add_machine_flags(command, flags);
  add_result_flags(command, flags);
}

}  // namespace rtctl::cli
