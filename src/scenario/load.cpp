// The way in: text to Scenario.
#include <fmt/format.h>

#include <algorithm>

#include "base/file.hpp"
#include "base/units.hpp"
#include "metrics/threshold.hpp"
#include "scenario/feeder.hpp"
#include "scenario/group.hpp"
#include "scenario/url.hpp"

namespace rtctl {
namespace scenario {
namespace {

constexpr std::uint64_t kScenarioBytesMax = std::uint64_t{1} << 20;
constexpr std::uint64_t kFeederBytesMax = std::uint64_t{64} << 20;

void read_target(const ObjectReader& reader, Scenario& scenario) {
  reader.read("target", scenario.target);
  if (!reader.has("target") || reader.context().has_problem()) return;
  std::string& target = scenario.target;
  if (!is_http_url(target))
    return reader.problem("target", fmt::format("target \"{}\" is not an http or https URL; write "
                                                "it like \"http://127.0.0.1:8080\"",
                                                target));
  if (target.find_first_of("?# \t\r\n") != std::string::npos)
    return reader.problem("target", fmt::format("target \"{}\" must have no query, fragment or "
                                                "space; paths go into the groups",
                                                target));
  while (target.ends_with('/'))
    target.pop_back();
}

void read_defaults(const ObjectReader& reader, Scenario& scenario, Defaults& defaults) {
  const Node* node = reader.node_of("defaults");
  if (node == nullptr) return;
  const ObjectReader own(reader.context(), *node, defaults_object());
  read_headers(own, defaults.headers);
  read_timeouts(own, defaults.timeouts);
  read_backoff(own, defaults.backoff);
  if (const auto choice = own.read_choice("http"))
    scenario.http = static_cast<Scenario::Http>(*choice);
  own.read("insecure", scenario.insecure);
}

void read_feeders(const ObjectReader& reader) {
  Context& context = reader.context();
  const Node* node = reader.node_of("data");
  if (node == nullptr) return;
  if (node->kind != Node::Kind::map)
    return reader.problem("data", fmt::format("data must be a mapping, not {}", describe(*node)));
  for (const Node::Entry& entry : node->entries) {
    if (!is_token(entry.key) || entry.key.find('.') != std::string::npos || entry.key == "user") {
      context.problem(entry.at, fmt::format("\"{}\" is not a name for data", entry.key));
      continue;
    }
    const auto file = read_text(context, *entry.value, entry.key);
    if (!file) continue;
    const std::string path = context.path_of(*file);
    const auto content = read_file(path, kFeederBytesMax);
    auto feeder = content ? parse_feeder(entry.key, *content, path)
                          : Result<Feeder>(tl::unexpected(content.error()));
    if (feeder) {
      context.feeders.push_back(std::move(*feeder));
    } else {
      context.problem(entry.value->at, feeder.error().message);
    }
  }
}

void read_groups(const ObjectReader& reader, const Defaults& defaults, Scenario& scenario) {
  Context& context = reader.context();
  const Node* node = reader.node_of("groups");
  if (node == nullptr) return;
  if (node->kind != Node::Kind::sequence || node->items.empty())
    return reader.problem(
        "groups",
        fmt::format("groups must be a list of at least one, not {}",
                    node->kind == Node::Kind::sequence ? "an empty one" : describe(*node)));
  for (const NodePtr& item : node->items) {
    Group group = read_group(context, *item, defaults, scenario.warmup + scenario.duration);
    auto& names = context.group_names;
    if (!group.name.empty() && std::find(names.begin(), names.end(), group.name) != names.end())
      context.problem(item->at, fmt::format("two groups are named \"{}\"", group.name));
    names.push_back(group.name);
    scenario.groups.push_back(std::move(group));
  }
}

void read_network(const ObjectReader& reader, Scenario& scenario) {
  const Node* node = reader.node_of("network");
  if (node == nullptr) return;
  const ObjectReader own(reader.context(), *node, network_object());
  NetworkImpairment network;
  if (const auto choice = own.read_choice("preset")) network.preset = network_presets()[*choice];
  own.read("latency", network.latency);
  own.read("jitter", network.jitter);
  own.read_size("bandwidth", network.bandwidth_bytes_per_second);
  own.read("slow_open", network.slow_open);
  own.read("stall_every", network.stall_every);
  own.read("stall", network.stall);
  own.read("cut_every", network.cut_every);
  own.read_size("cut_after", network.cut_after_bytes);
  own.read("reset", network.reset);
  own.read_size("segment", network.segment_bytes);
  own.read_number("refuse", network.refuse);
  if (network.preset.empty() && network.jitter > network.latency)
    own.problem("jitter",
                fmt::format("jitter {} is more than latency {}, and nothing arrives "
                            "before it is sent",
                            format_duration(network.jitter), format_duration(network.latency)));
  if (network.preset.empty() && own.has("stall") != own.has("stall_every"))
    own.context().problem(own.position(), "\"stall\" and \"stall_every\" go together");
  if (scenario.target.starts_with("https://"))
    own.context().problem(own.position(),
                          "network needs an http target; the certificate of an https one would "
                          "not fit the path");
  scenario.network = network;
}

void read_threshold(Context& context, const Node& node, Scenario& scenario) {
  std::optional<std::string> check;
  Threshold extra;
  Position at = node.at;
  if (node.kind == Node::Kind::map) {
    const ObjectReader reader(context, node, threshold_object());
    const Node* text = reader.node_of("check");
    if (text == nullptr) return;
    at = text->at;
    check = read_text(context, *text, "check");
    reader.read("abort", extra.abort);
    reader.read("after", extra.after);
    if (reader.has("after") && !extra.abort)
      reader.problem("after", "\"after\" goes with \"abort: true\"");
    const nanoseconds run = scenario.warmup + scenario.duration;
    if (extra.after > run)
      reader.problem("after", fmt::format("after {} is longer than the whole run, {}",
                                          format_duration(extra.after), format_duration(run)));
  } else {
    check = read_text(context, node, "a threshold");
  }
  if (!check) return;
  auto threshold = metrics::parse_threshold(*check, context.group_names);
  if (!threshold) return context.problem(at, threshold.error().message);
  threshold->abort = extra.abort;
  threshold->after = extra.after;
  threshold->where = fmt::format("{}:{}:{}", context.name(), at.line, at.column);
  scenario.thresholds.push_back(std::move(*threshold));
}

void read_thresholds(const ObjectReader& reader, Scenario& scenario) {
  const Node* node = reader.node_of("thresholds");
  if (node == nullptr) return;
  if (node->kind != Node::Kind::sequence)
    return reader.problem("thresholds",
                          fmt::format("thresholds must be a list, not {}", describe(*node)));
  for (const NodePtr& item : node->items)
    read_threshold(reader.context(), *item, scenario);
}

Scenario read_scenario(Context& context, const Node& root) {
  const ObjectReader reader(context, root, scenario_object());
  Scenario scenario{.file = context.name()};
  Defaults defaults;
  reader.read("name", scenario.name);
  read_target(reader, scenario);
  reader.read("duration", scenario.duration);
  reader.read("warmup", scenario.warmup);
  reader.read("grace", scenario.grace);
  if (reader.has("seed")) {
    std::uint64_t seed = 0;
    reader.read_count("seed", seed, UINT64_MAX);
    scenario.seed = seed;
  }
  read_feeders(reader);
  read_defaults(reader, scenario, defaults);
  read_groups(reader, defaults, scenario);
  read_network(reader, scenario);
  read_thresholds(reader, scenario);
  scenario.feeders = std::move(context.feeders);
  if (scenario.name.empty()) scenario.name = context.name();
  return scenario;
}

}  // namespace
}  // namespace scenario

Result<Scenario> load_scenario(std::string_view text, const std::string& name,
                               const LoadOptions& options) {
  const auto root = scenario::parse_yaml(text, name);
  if (!root) return tl::unexpected(root.error());
  scenario::Context context(name, options);
  Scenario result = scenario::read_scenario(context, **root);
  if (context.has_problem()) return tl::unexpected(context.error());
  return result;
}

Result<Scenario> load_scenario_file(const std::string& path, const LoadOptions& options) {
  const auto text = read_file(path, scenario::kScenarioBytesMax);
  if (!text) return tl::unexpected(text.error());
  LoadOptions own = options;
  const std::size_t slash = path.rfind('/');
  if (own.directory.empty() && slash != std::string::npos)
    own.directory = slash == 0 ? "/" : path.substr(0, slash);
  return load_scenario(*text, path, own);
}

}  // namespace rtctl
