// The JSON Schema of the JSON report.
#include <nlohmann/json.hpp>

#include "report/report.hpp"

namespace rtctl::report {
namespace {

using Json = nlohmann::ordered_json;

Json type(const char* name, const char* help = nullptr) {
  Json json{{"type", name}};
  if (help != nullptr) json["description"] = help;
  return json;
}

Json count(const char* help = nullptr) {
  Json json = type("integer", help);
  json["minimum"] = 0;
  return json;
}

Json nullable(const char* name, const char* help) {
  return {{"type", Json::array({name, "null"})}, {"description", help}};
}

Json array_of(Json items) {
  return {{"type", "array"}, {"items", std::move(items)}};
}

Json map_of(Json values) {
  return {{"type", "object"}, {"additionalProperties", std::move(values)}};
}

/// All members are required; more may come with later versions.
Json object(const char* help, const Json& members) {
  Json required = Json::array();
  for (const auto& [name, value] : members.items())
    required.push_back(name);
  return {{"type", "object"},
          {"description", help},
          {"properties", members},
          {"required", std::move(required)}};
}

Json reference(const std::string& name) {
  return {{"$ref", "#/$defs/" + name}};
}

Json distribution() {
  Json members{{"unit", {{"enum", Json::array({"ns", "bytes"})}}},
               {"count", count("Samples")},
               {"min", count()},
               {"mean", nullable("number", "null without samples")},
               {"stddev", nullable("number", "Of the population")}};
  for (const char* name : {"p50", "p90", "p95", "p99", "p99.9"})
    members[name] = nullable("integer", "Within 0.1 % or one scale");
  members["max"] = count();
  members["sum"] = count();
  members["overflow"] = count("Samples above the last bucket");
  members["scale"] = count("Width of the finest buckets: 1000 ns, or 1 byte");
  members["buckets"] = array_of({{"type", "array"},
                                 {"description", "Bucket index and samples, ascending"},
                                 {"items", count()},
                                 {"minItems", 2},
                                 {"maxItems", 2}});
  return object("A histogram; times are nanoseconds.", members);
}

Json point() {
  const Json quantiles =
      object("Of that second.",
             {{"count", count()}, {"p50", count()}, {"p99", count()}, {"max", count()}});
  Json json = object("One second; several in a run of over two hours.",
                     {{"second", count("Since the start, warm-up included")},
                      {"users", count("At its end")},
                      {"open", count("Connections at its end")},
                      {"errors", count()},
                      {"counters", map_of(count())},
                      {"metrics", map_of(quantiles)}});
  // Not required: files of before there were such runs do not have it.
  json["properties"]["seconds"] = count("That the counts are of");
  return json;
}

Json group() {
  const Json error =
      object("One kind of error.",
             {{"kind", type("string")}, {"count", count()}, {"example", type("string")}});
  return object("One group, or all of them.",
                {{"name", type("string")},
                 {"kind", type("string", "sse, poll, chat, feed, request, flow; \"\" for all")},
                 {"uptime", nullable("number", "Time open over time wanted")},
                 {"error_rate", nullable("number", "Share of attempts that failed")},
                 {"error_count", count()},
                 {"counters", map_of(count("Times (time_open, time_wanted) in nanoseconds"))},
                 {"metrics", map_of(reference("distribution"))},
                 {"errors", array_of(error)},
                 {"series", array_of(point())}});
}

Json generator() {
  return object("How the load generator itself fared.",
                {{"bottleneck", type("boolean")},
                 {"reasons", array_of(type("string"))},
                 {"threads", count()},
                 {"cpu_seconds", type("number")},
                 {"cpu_share", type("number", "Of the busiest thread, 0 to 1")},
                 {"memory_bytes", count()},
                 {"descriptors", count()},
                 {"descriptors_limit", count("0: unknown")},
                 {"ports", count()},
                 {"ports_limit", count("0: unknown")},
                 {"dropped", count("Arrivals that were due and not started")},
                 {"schedule_lag", reference("distribution")},
                 {"loop_lag", reference("distribution")}});
}

Json threshold() {
  return object(
      "A condition and what was measured.",
      {{"check", type("string")},
       {"passed", type("boolean")},
       {"measured", nullable("number", "In the unit of the limit; null: nothing was measured")},
       {"measured_text", type("string")},
       {"group", type("string", "\"\": all groups together")},
       {"metric", type("string")},
       {"aggregate", type("string")},
       {"comparison", {{"enum", Json::array({"<", "<=", ">", ">=", "==", "!="})}}},
       {"limit", type("number")},
       {"abort", type("boolean")},
       {"after", count("Nanoseconds")},
       {"aborted", type("boolean")}});
}

}  // namespace

std::string schema() {
  Json json =
      object("Everything that one run of rtctl bench measured, or several merged.",
             {{"version", {{"const", 1}}},
              {"rtctl", type("string", "Version of the program")},
              {"name", type("string")},
              {"target", type("string")},
              {"started_at", type("string", "RFC 3339, UTC")},
              {"duration", count("Measured part, nanoseconds")},
              {"warmup", count("Nanoseconds")},
              {"seed", count()},
              {"driver", type("string")},
              {"clock_basis", type("string", "What `delivery` relies on")},
              {"workers", count()},
              {"interrupted", type("boolean")},
              {"notes", array_of(type("string"))},
              {"passed", type("boolean", "Whether all thresholds held, and something succeeded")},
              {"thresholds", array_of(threshold())},
              {"groups", array_of(reference("group"))},
              {"total", reference("group")},
              {"generator", generator()}});
  Json whole{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
             {"title", "rtctl report"}};
  whole.update(json);
  whole["$defs"] = {{"distribution", distribution()}, {"group", group()}};
  return whole.dump(2) + "\n";
}

}  // namespace rtctl::report
