// What a user says on the command line of rtctl bench.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "cli/server_under_test.hpp"
#include "rtctl/scenario.hpp"

namespace rtctl::cli {

struct BenchFlags {
  std::string file;
  QuickOptions quick;
  std::string quick_flag;  ///< one that was given and goes with --url only; "": none
  bool dry_run = false;
  bool schema = false;
  bool quiet = false;
  bool strict_generator = false;
  std::vector<std::string> variables;
  std::optional<Duration> duration;
  double users_scale = 1;
  unsigned threads = 0;
  std::optional<std::uint64_t> seed;
  std::vector<std::string> sources;
  std::string driver = "auto";
  ServerUnderTestOptions server;
  std::vector<std::string> outputs;
  std::string from_stdin;  ///< the scenario when `file` is "-": stdin can be read only once
};

/// `flags` must outlive the parsing.
void add_bench_flags(CLI::App& command, BenchFlags& flags);

}  // namespace rtctl::cli
