#include <fmt/format.h>

#include <iostream>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "cli/completion_script.hpp"
#include "cli/exit_code.hpp"

namespace rtctl::cli {

void setup_completion(CLI::App& app, CommonOptions& /*common*/, std::function<int()>& chosen) {
  CLI::App* command = app.add_subcommand("completion", "Print the completion script for a shell");
  command->footer(
      "  source <(rtctl completion bash)\n"
      "  rtctl completion zsh > ~/.zfunc/_rtctl\n"
      "  rtctl completion fish > ~/.config/fish/completions/rtctl.fish");
  auto shell = std::make_shared<std::string>();  // lives as long as the callback that reads it
  command->add_option("shell", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command->callback([&app, &chosen, shell] {
    chosen = [&app, shell] {
      const std::vector<CompletedCommand> commands = completed_commands(app);
      if (*shell == "bash") std::cout << bash_completion(commands);
      if (*shell == "zsh") std::cout << zsh_completion(commands);
      if (*shell == "fish") std::cout << fish_completion(commands);
      std::cout.flush();
      return int{exit_ok};
    };
  });
}

}  // namespace rtctl::cli
