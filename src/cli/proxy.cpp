#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <memory>

#include "base/file.hpp"
#include "base/random.hpp"
#include "cli/command.hpp"
#include "cli/exit_code.hpp"
#include "cli/signals.hpp"
#include "proxy/control.hpp"
#include "proxy/proxy.hpp"
#include "proxy/script.hpp"
#include "proxy/settings.hpp"

namespace rtctl::cli {
namespace {

constexpr std::uint64_t kScriptBytesMax = 1 << 20;

struct ProxyCommand {
  proxy::ProxyOptions options;
  std::string preset;
  std::vector<std::pair<std::string, std::string>>
      settings;  // flags win over the preset, so they wait for it
  std::string script;
  std::string control;
  std::optional<std::uint64_t> seed;
};

Result<proxy::Impairment> impairment_of(const ProxyCommand& command) {
  proxy::Impairment impairment;
  if (!command.preset.empty()) {
    if (const auto set = proxy::apply_setting(impairment, "preset", command.preset); !set) {
      return tl::unexpected(set.error());
    }
  }
  for (const auto& [name, value] : command.settings) {
    if (const auto set = proxy::apply_setting(impairment, name, value); !set)
      return tl::unexpected(set.error());
  }
  return impairment;
}

Result<std::vector<proxy::ScriptStep>> script_of(const ProxyCommand& command) {
  if (command.script.empty()) return std::vector<proxy::ScriptStep>{};
  const auto text = read_file(command.script, kScriptBytesMax);
  if (!text) return tl::unexpected(text.error());
  return proxy::parse_script(*text, command.script, command.options.impairment);
}

std::string describe(const proxy::ProxyCounts& counts) {
  return fmt::format("{} connections, {} refused, {} cut, {} bytes up, {} bytes down",
                     counts.accepted, counts.refused, counts.cut, counts.bytes_up,
                     counts.bytes_down);
}

int failed(const Error& error) {
  std::cerr << "rtctl proxy: " << error.message << "\n";
  return exit_code_of(error.kind);
}

int run_proxy(ProxyCommand& command) {
  const auto impairment = impairment_of(command);
  if (!impairment) return failed(impairment.error());
  command.options.impairment = *impairment;
  command.options.seed = command.seed.value_or(random_seed());
  const auto script = script_of(command);
  if (!script) return failed(script.error());

  const auto loop = make_asio_loop();
  const auto proxy = proxy::start_proxy(*loop, command.options);
  if (!proxy) return failed(proxy.error());
  std::unique_ptr<proxy::Control> control;
  if (!command.control.empty()) {
    auto started = proxy::start_control(*loop, command.control, **proxy, *impairment);
    if (!started) return failed(started.error());
    control = std::move(*started);
    std::cerr << "control on " << control->address() << "\n";
  }
  std::cerr << fmt::format("listening on {}, passing on to {}: {} (seed {})\n", (*proxy)->address(),
                           command.options.upstream, proxy::format_settings(*impairment),
                           command.options.seed);

  std::vector<Timer> steps;
  for (const proxy::ScriptStep& step : *script) {
    steps.push_back(loop->after(step.at, [&proxy, step] {
      (*proxy)->set_impairment(step.impairment);
      std::cerr << "now: " << proxy::format_settings(step.impairment) << "\n";
    }));
  }
  int exit_code = exit_ok;
  const auto signals = watch_signals(*loop, [&](int signal) {
    exit_code = exit_code_of_signal(signal);
    loop->stop();
  });
  loop->run();
  std::cerr << describe((*proxy)->counts()) << "\n";
  return exit_code;
}

/// A setting's flag has the setting's name, with dashes.
void add_setting(CLI::App& app, ProxyCommand& command, const std::string& name, const char* type,
                 const char* text) {
  std::string flag = "--" + name;
  std::ranges::replace(flag, '_', '-');
  app.add_option_function<std::string>(
         flag,
         [&command, name](const std::string& value) { command.settings.emplace_back(name, value); },
         text)
      ->type_name(type)
      ->group("Impairment");
}

void add_switch(CLI::App& app, ProxyCommand& command, const std::string& name, const char* text) {
  app.add_flag_callback(
         "--" + name, [&command, name] { command.settings.emplace_back(name, "true"); }, text)
      ->group("Impairment");
}

}  // namespace

void setup_proxy(CLI::App& app, CommonOptions& /*common*/, std::function<int()>& chosen) {
  CLI::App& sub = *app.add_subcommand("proxy", "Imitate a poor network in front of a TCP server");
  const auto command = std::make_shared<ProxyCommand>();
  sub.add_option("--listen", command->options.listen, "Address to listen on; port 0 picks one")
      ->type_name("HOST:PORT")
      ->capture_default_str();
  sub.add_option("--upstream", command->options.upstream, "The server to pass connections on to")
      ->type_name("HOST:PORT")
      ->required();
  add_setting(sub, *command, "latency", "DURATION", "Delay in each direction");
  add_setting(sub, *command, "jitter", "DURATION", "Vary the latency by up to this much");
  add_setting(sub, *command, "bandwidth", "SIZE/s", "Width of each connection and direction");
  add_setting(sub, *command, "slow_open", "DURATION",
              "Delay before a connection goes on to the server");
  add_setting(sub, *command, "stall_every", "DURATION", "Stand still every so often ...");
  add_setting(sub, *command, "stall", "DURATION", "... for so long");
  add_setting(sub, *command, "cut_every", "DURATION",
              "Break each connection after 0.5 to 1.5 times this");
  add_setting(sub, *command, "cut_after", "SIZE",
              "Break each connection after so many bytes from the server");
  add_switch(sub, *command, "reset", "Break with a reset instead of an orderly end");
  add_setting(sub, *command, "segment", "SIZE", "Pass on at most so many bytes at once");
  add_switch(sub, *command, "refuse", "Reset every connection at once");
  std::vector<std::string> names;
  std::string list = "Ready-made paths (flags given beside --preset win):\n";
  for (const proxy::Preset& preset : proxy::presets()) {
    names.emplace_back(preset.name);
    list += fmt::format("  {:<10} {}: {}\n", preset.name, preset.what,
                        proxy::format_settings(preset.impairment));
  }
  sub.add_option("--preset", command->preset, "Start from a ready-made path")
      ->check(CLI::IsMember(names))
      ->group("Impairment");
  sub.add_option("--script", command->script,
                 "Change over time: lines such as \"10s latency=200ms\"")
      ->type_name("FILE");
  sub.add_option("--control", command->control,
                 "Take lines such as \"latency=200ms\", \"counts\" on this address")
      ->type_name("HOST:PORT");
  sub.add_option("--seed", command->seed, "Repeat the chances of an earlier run")->type_name("N");
  sub.footer(list);
  sub.callback([&chosen, command] { chosen = [command] { return run_proxy(*command); }; });
}

}  // namespace rtctl::cli
