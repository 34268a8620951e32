// Every mistake and what the user is told about it, word for word: errors.txt beside this file.
#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "rtctl/scenario.hpp"

using namespace rtctl;

namespace {

struct Row {
  std::string reason;
  std::string yaml;
  std::string message;
};

const std::string kFolder = std::string(RTCTL_SOURCE_DIR) + "/tests/unit/scenario";

/// "=== reason", the scenario, "--- message".
std::vector<Row> read_rows() {
  std::ifstream file(kFolder + "/errors.txt");
  std::vector<Row> rows;
  std::string line;
  while (std::getline(file, line)) {
    if (line.starts_with("=== ")) {
      rows.push_back({line.substr(4), "", ""});
    } else if (line.starts_with("--- ")) {
      rows.back().message = line.substr(4);
    } else if (!rows.empty() && rows.back().message.empty()) {
      rows.back().yaml += line + "\n";
    }
  }
  return rows;
}

std::string message_of(const Row& row) {
  LoadOptions options{.variables = {{"WORDS", "many words"}}, .directory = kFolder + "/files"};
  options.environment = [](const std::string&) { return std::nullopt; };
  const auto scenario = load_scenario(row.yaml, "f.yaml", options);
  std::string message = scenario ? "(no error)" : scenario.error().message;
  // Where this machine keeps the sources says nothing about rtctl.
  for (std::size_t at; (at = message.find(kFolder)) != std::string::npos;)
    message.erase(at, kFolder.size() + 1);
  return message;
}

}  // namespace

TEST_CASE("scenario: every mistake is named with place, finding and remedy") {
  std::vector<Row> rows = read_rows();
  CHECK(rows.size() >= 60);
  for (Row& row : rows) {
    CAPTURE(row.reason);
    CAPTURE(row.yaml);
    const std::string message = message_of(row);
    if (std::getenv("RTCTL_UPDATE_GOLDEN") != nullptr) row.message = message;
    CHECK(message == row.message);
    CHECK(message.starts_with("f.yaml:"));
  }
  if (std::getenv("RTCTL_UPDATE_GOLDEN") == nullptr) return;
  std::ofstream file(kFolder + "/errors.txt");
  for (const Row& row : rows)
    file << "=== " << row.reason << "\n" << row.yaml << "--- " << row.message << "\n";
}
