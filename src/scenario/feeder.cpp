#include "scenario/feeder.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "metrics/join.hpp"
#include "scenario/utf8.hpp"

namespace rtctl::scenario {
namespace {

using Json = nlohmann::ordered_json;

tl::unexpected<Error> at_line(const std::string& path, std::size_t line,
                              const std::string& message) {
  return usage_error(fmt::format("{}:{}: {}", path, line, message));
}

/// Takes one record of a CSV text; quoted fields may span lines.
class CsvReader {
 public:
  CsvReader(std::string_view text, const std::string& path) : rest_(text), path_(path) {}

  bool at_end() const { return rest_.empty(); }
  std::size_t line() const { return line_; }

  Result<std::vector<std::string>> record() {
    std::vector<std::string> fields;
    for (;;) {
      auto field = rest_.starts_with('"') ? quoted() : Result<std::string>(plain());
      if (!field) return tl::unexpected(field.error());
      fields.push_back(std::move(*field));
      if (rest_.starts_with(',')) {
        rest_.remove_prefix(1);
        continue;
      }
      if (rest_.starts_with('\r')) rest_.remove_prefix(1);
      if (!rest_.empty() && rest_.front() != '\n')
        return at_line(path_, line_, "a quote ends in the middle of a field");
      if (!rest_.empty()) rest_.remove_prefix(1);
      ++line_;
      return fields;
    }
  }

 private:
  std::string plain() {
    const std::string_view field = rest_.substr(0, rest_.find_first_of(",\r\n"));
    rest_.remove_prefix(field.size());
    return std::string(field);
  }

  Result<std::string> quoted() {
    const std::size_t began = line_;
    std::string field;
    rest_.remove_prefix(1);
    while (!rest_.empty()) {
      const char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '"' && !rest_.starts_with('"')) return field;
      if (c == '"') rest_.remove_prefix(1);
      if (c == '\n') ++line_;
      field += c;
    }
    return at_line(path_, began, "a quoted field does not end");
  }

  std::string_view rest_;
  const std::string& path_;
  std::size_t line_ = 1;
};

Result<Feeder> parse_csv(Feeder feeder, std::string_view content, const std::string& path) {
  CsvReader csv(content, path);
  auto header = csv.record();
  if (!header) return tl::unexpected(header.error());
  feeder.columns = std::move(*header);
  for (std::size_t i = 0; i < feeder.columns.size(); ++i) {
    const std::string& column = feeder.columns[i];
    if (column.empty()) return at_line(path, 1, fmt::format("column {} has no name", i + 1));
    if (std::find(feeder.columns.begin(), feeder.columns.begin() + static_cast<long>(i), column) !=
        feeder.columns.begin() + static_cast<long>(i))
      return at_line(path, 1, fmt::format("two columns are named \"{}\"", column));
  }
  while (!csv.at_end()) {
    const std::size_t line = csv.line();
    auto fields = csv.record();
    if (!fields) return tl::unexpected(fields.error());
    if (fields->size() == 1 && fields->front().empty()) continue;  // an empty line
    if (fields->size() != feeder.columns.size()) {
      return at_line(path, line,
                     fmt::format("{} {}, where the header has {}", fields->size(),
                                 fields->size() == 1 ? "field" : "fields", feeder.columns.size()));
    }
    std::vector<FeederValue> row;
    for (std::string& field : *fields)
      row.push_back({std::move(field), false});
    feeder.rows.push_back(std::move(row));
  }
  return feeder;
}

FeederValue value_of(const Json& value) {
  if (value.is_string()) return {value.get<std::string>(), false};
  return {value.dump(), true};
}

Result<Feeder> parse_json_lines(Feeder feeder, std::string_view content, const std::string& path) {
  std::size_t number = 0;
  while (!content.empty()) {
    ++number;
    const std::string_view line = content.substr(0, content.find('\n'));
    content.remove_prefix(std::min(content.size(), line.size() + 1));
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    const Json object = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!object.is_object()) return at_line(path, number, "not a JSON object");
    if (feeder.columns.empty()) {
      for (const auto& [key, value] : object.items())
        feeder.columns.push_back(key);
    }
    std::vector<FeederValue> row;
    for (const std::string& column : feeder.columns) {
      if (!object.contains(column))
        return at_line(path, number,
                       fmt::format("there is no \"{}\", as in the first line", column));
      row.push_back(value_of(object.at(column)));
    }
    if (object.size() != feeder.columns.size()) {
      return at_line(path, number,
                     fmt::format("keys differ from the first line's, which are {}",
                                 metrics::join(feeder.columns)));
    }
    feeder.rows.push_back(std::move(row));
  }
  return feeder;
}

}  // namespace

Result<Feeder> parse_feeder(std::string name, std::string_view content, const std::string& path) {
  if (!is_utf8(content)) return usage_error(fmt::format("{} is not UTF-8 text", path));
  if (content.starts_with("\xEF\xBB\xBF")) content.remove_prefix(3);  // spreadsheets write one
  const bool json = path.ends_with(".jsonl") || path.ends_with(".ndjson");
  Feeder feeder{.name = std::move(name)};
  auto result = json ? parse_json_lines(std::move(feeder), content, path)
                     : parse_csv(std::move(feeder), content, path);
  if (result && result->rows.empty()) return usage_error(fmt::format("{} has no rows", path));
  return result;
}

}  // namespace rtctl::scenario
