// A Summary as people and machines read it. Everything is made from `const Summary&` and nothing
// else; files are replaced in one step.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rtctl/summary.hpp"

namespace rtctl::report {

enum class Format { text, json, jsonl, csv, html, junit, prometheus, hgrm };

enum class Colors { none, ansi };

/// "text", "json", "jsonl", "csv", "html", "junit", "prom", "hgrm".
Result<Format> format_named(std::string_view name);
std::vector<std::string> format_names();

/// By the end of the file's name: .txt .json .jsonl .csv .html .xml .prom .hgrm.
Result<Format> format_of_path(std::string_view path);

/// The whole report, with a final line feed. Colours are for `text` only.
std::string render(const Summary& summary, Format format, Colors colors = Colors::none);

/// Renders into a file, or to stdout for "-".
Result<void> write(const Summary& summary, Format format, const std::string& path);

/// Content into a file in one step, or to stdout for "-". A full disk is an error.
Result<void> write_text(std::string_view content, const std::string& path);

/// Reads what `json` wrote, of this version or a later one (what it does not know it skips).
/// `name` opens the messages.
Result<Summary> parse_json(std::string_view text, const std::string& name);

/// JSON Schema (draft 2020-12) of the JSON report.
std::string schema();

}  // namespace rtctl::report
