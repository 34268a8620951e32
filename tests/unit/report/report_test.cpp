#include "report/report.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/file.hpp"
#include "report/format.hpp"
#include "support/json_schema.hpp"
#include "unit/report/sample.hpp"

using namespace rtctl;
using namespace rtctl::report;

namespace {

/// Compares with tests/unit/report/golden/NAME; RTCTL_UPDATE_GOLDEN=1 writes it instead.
void check_golden(const std::string& name, const std::string& content) {
  const std::string path = std::string(RTCTL_SOURCE_DIR) + "/tests/unit/report/golden/" + name;
  if (std::getenv("RTCTL_UPDATE_GOLDEN") != nullptr)
    std::ofstream(path, std::ios::binary) << content;
  const auto golden = read_file(path, 1 << 20);
  REQUIRE_MESSAGE(golden, golden.error().message);
  CHECK_MESSAGE(*golden == content,
                "differs from " << path << "; RTCTL_UPDATE_GOLDEN=1 rewrites it");
}

}  // namespace

TEST_CASE("report: the text is as it was agreed on") {
  check_golden("report.txt", render(test::sample_summary(), Format::text));
}

TEST_CASE("report: CSV, JUnit, Prometheus, percentiles and JSON lines are as agreed on") {
  const Summary summary = test::sample_summary();
  check_golden("report.csv", render(summary, Format::csv));
  check_golden("report.xml", render(summary, Format::junit));
  check_golden("report.prom", render(summary, Format::prometheus));
  check_golden("report.hgrm", render(summary, Format::hgrm));
  check_golden("report.jsonl", render(summary, Format::jsonl));
}

TEST_CASE("report: JSON reads back as the same summary") {
  const Summary summary = test::sample_summary();
  const std::string json = render(summary, Format::json);
  const auto back = parse_json(json, "a.json");
  REQUIRE_MESSAGE(back, back.error().message);
  Summary expected = summary;
  // JSON is UTF-8 text; nothing else differs.
  CHECK(back->groups[0] == expected.groups[0]);
  CHECK(*back == expected);
  CHECK(render(*back, Format::json) == json);
}

TEST_CASE("report: its tables fit a terminal of 80 columns, and stand under each other") {
  Summary summary = test::sample_summary();
  // The longest name, beside values as long as they get.
  metrics::Histogram gaps;
  for (int i = 0; i < 1000; ++i)
    gaps.record(std::chrono::milliseconds(900 + 997 * i));
  summary.groups[0].metrics["heartbeat_gap"] = gaps.distribution();
  std::istringstream lines(render(summary, Format::text));
  std::size_t heads = 0;
  std::size_t end = 0;
  for (std::string line; std::getline(lines, line);) {
    const bool is_head = line.find("p99.9") != std::string::npos;
    if (!is_head && line.find("heartbeat_gap") == std::string::npos) continue;
    CAPTURE(line);
    CHECK(width_of(line) <= 80);
    if (is_head && heads++ == 0) end = line.size();
    CHECK(line.size() == end);
  }
  CHECK(heads == 3);
}

TEST_CASE("report: a run in which nothing succeeded has not passed, whatever its thresholds say") {
  Summary summary;
  summary.name = "down";
  summary.duration = std::chrono::seconds(3);
  GroupSummary group{.name = "all", .kind = "sse"};
  group.counters = {{"requests", 15}, {"http_5xx", 15}, {"attempts", 15}};
  group.errors = {{"http_5xx", 15, "status 503"}};
  summary.groups = {group};
  summary.total = group;
  summary.thresholds = {*metrics::parse_threshold("lost == 0", {})};
  judge(summary);
  REQUIRE(summary.results[0].passed);
  CHECK(render(summary, Format::text).starts_with("✗ nothing succeeded  down\n"));
  CHECK(render(summary, Format::html).find("nothing succeeded</span>") != std::string::npos);
  CHECK(nlohmann::json::parse(render(summary, Format::json))["passed"] == false);
  const std::string junit = render(summary, Format::junit);
  CHECK(junit.find("tests=\"2\" failures=\"0\" errors=\"1\"") != std::string::npos);
  CHECK(junit.find("<error type=\"http_5xx\"") != std::string::npos);
  CHECK(render(summary, Format::prometheus)
            .find("rtctl_run_passed{scenario=\"down\",target=\"\"} 0") != std::string::npos);
}

TEST_CASE("report: charts end with the measured time, the figures with the run") {
  Summary summary = test::sample_summary();
  SeriesPoint ending = summary.total.series.back();
  ending.second = 20;
  summary.total.series.push_back(ending);
  CHECK(render(summary, Format::html).find("18,19,20") == std::string::npos);
  CHECK(nlohmann::json::parse(render(summary, Format::json))["total"]["series"].size() == 21);
}

TEST_CASE("report: an interrupted run ends at no round time, and is not told to the nanosecond") {
  Summary summary = test::sample_summary();
  summary.duration = std::chrono::nanoseconds(10'936'823'176);
  for (const Format format : {Format::text, Format::html}) {
    const std::string text = render(summary, format);
    CHECK(text.find("10.937s") != std::string::npos);
    CHECK(text.find("10.936823176s") == std::string::npos);
  }
}

TEST_CASE("report: a colourful one says the same") {
  const Summary summary = test::sample_summary();
  const std::string plain = render(summary, Format::text);
  std::string stripped;
  const std::string colourful = render(summary, Format::text, Colors::ansi);
  for (std::size_t i = 0; i < colourful.size(); ++i) {
    if (colourful[i] == '\x1b')
      i = colourful.find('m', i);
    else
      stripped += colourful[i];
  }
  CHECK(stripped == plain);
  CHECK(plain.find('\x1b') == std::string::npos);
}

TEST_CASE("report: what the generator held back stands at the top") {
  Summary summary = test::sample_summary();
  summary.generator.reasons = {"Its busiest thread was at 99%."};
  std::istringstream lines(render(summary, Format::text));
  std::string line;
  std::size_t number = 0;
  while (std::getline(lines, line) && line.find("bottleneck") == std::string::npos)
    ++number;
  CHECK(number < 4);
  CHECK(line == "! The generator was the bottleneck: Its busiest thread was at 99%.");
}

TEST_CASE("report: HTML needs nothing else and breaks on no text") {
  Summary summary = test::sample_summary();
  summary.groups[0].name = "</script><script>alert(1)</script>{{data}}";
  const std::string html = render(summary, Format::html);
  CHECK(html.find("<script>alert") == std::string::npos);
  CHECK(html.find("src=\"") == std::string::npos);
  CHECK(html.find("http://127.0.0.1:8080") != std::string::npos);
  CHECK(html.find("<link") == std::string::npos);
  CHECK(html.find("Chart.js") != std::string::npos);
}

TEST_CASE("report: an empty run renders in every format") {
  const Summary empty;
  for (const std::string& name : format_names()) {
    CAPTURE(name);
    CHECK_NOTHROW(render(empty, *format_named(name)));
  }
  CHECK(parse_json(render(empty, Format::json), "x"));
}

TEST_CASE("report: formats are known by name and by the end of a path") {
  CHECK(*format_of_path("a/b.html") == Format::html);
  CHECK(*format_of_path("r.xml") == Format::junit);
  CHECK(*format_named("prom") == Format::prometheus);
  CHECK(format_of_path("r.doc").error().message ==
        "\"r.doc\" does not say its format; end it in one of .txt, .json, .jsonl, .csv, .html, "
        ".xml, .prom, .hgrm");
  CHECK(format_named("xml").error().message ==
        "unknown format \"xml\"; allowed are text, json, jsonl, csv, html, junit, prom, hgrm");
}

TEST_CASE("report: what is no report is refused, not believed") {
  struct Row {
    const char* change;
    const char* says;
  };
  const auto whole = nlohmann::json::parse(render(test::sample_summary(), Format::json));
  for (const Row& row : std::vector<Row>{
           {R"([{"op":"replace","path":"/version","value":2}])", "version 2 is not known here"},
           {R"([{"op":"remove","path":"/groups"}])", "not a report of rtctl"},
           {R"([{"op":"replace","path":"/groups","value":5}])", "\"groups\" must be an array"},
           {R"([{"op":"replace","path":"/total/metrics/delivery/count","value":3}])",
            "samples, where 3 are claimed"},
           {R"([{"op":"replace","path":"/total/metrics/delivery/scale","value":0}])",
            "the scale of \"delivery\" must be 1000"},
           {R"([{"op":"replace","path":"/total/metrics/delivery/buckets/0/0","value":99999999}])",
            "are not in order"},
           {R"([{"op":"replace","path":"/total/counters/events","value":-1}])",
            "\"events\" must be a whole number, not -1"},
           {R"([{"op":"replace","path":"/total/counters/events","value":"x"}])",
            "must be a whole number"},
           {R"([{"op":"replace","path":"/thresholds/0/comparison","value":"~"}])",
            "has no known comparison"},
           {R"([{"op":"replace","path":"/name","value":[]}])", "not a report of rtctl"},
       }) {
    CAPTURE(row.change);
    const auto result =
        parse_json(whole.patch(nlohmann::json::parse(row.change)).dump(), "bad.json");
    REQUIRE(!result);
    CAPTURE(result.error().message);
    CHECK(result.error().message.starts_with("bad.json: "));
    CHECK(result.error().message.find(row.says) != std::string::npos);
  }
  CHECK(parse_json("{", "x").error().message == "x: not JSON (at byte 2)");
  CHECK(parse_json("[]", "x").error().message ==
        "x: not a report of rtctl (\"version\" and \"groups\" are missing)");
}

TEST_CASE("report: files are replaced in one step") {
  const auto folder = std::filesystem::temp_directory_path() / "rtctl-report-test";
  std::filesystem::create_directories(folder);
  const std::string path = folder / "r.csv";
  REQUIRE(write(test::sample_summary(), Format::csv, path));
  CHECK(read_file(path, 1 << 20)->starts_with("group,kind,name"));
  CHECK(!write(test::sample_summary(), Format::csv, folder / "absent" / "r.csv"));
  std::filesystem::remove_all(folder);
}

TEST_CASE("report: JSON fits its schema") {
  const test::SchemaChecker checker(nlohmann::json::parse(schema()));
  for (const Summary& summary : {test::sample_summary(), Summary{}}) {
    const auto json = nlohmann::json::parse(render(summary, Format::json));
    CHECK(checker.check(json) == "");
    auto broken = json;
    broken["total"].erase("counters");
    CHECK(checker.check(broken) != "");
  }
}

TEST_CASE("report: exported percentiles decode to the recorded ones") {
  const Summary summary = test::sample_summary();
  const Distribution& all = summary.groups[0].metrics.at("delivery");
  std::istringstream lines(render(summary, Format::hgrm));
  std::string line;
  while (std::getline(lines, line) && line != "# subscribers delivery ms") {
  }
  std::getline(lines, line);
  CHECK(line == "       Value     Percentile TotalCount 1/(1-Percentile)");
  std::getline(lines, line);
  std::size_t rows = 0;
  double value = 0, percentile = 0, count = 0, before = 0;
  while (std::getline(lines, line) && !line.starts_with('#')) {
    std::istringstream row(line);
    row >> value >> percentile >> count;
    REQUIRE(!row.fail());
    CHECK(value >= before);
    CHECK(value ==
          doctest::Approx(static_cast<double>(*quantile(all, percentile)) / 1e6).epsilon(0.001));
    before = value;
    ++rows;
  }
  CHECK(rows > 40);
  CHECK(percentile == 1);
  CHECK(count == 20'000);
  CHECK(value == doctest::Approx(static_cast<double>(all.max) / 1e6).epsilon(1e-6));
}
